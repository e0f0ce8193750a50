"""The versions of the tables: Alembic's migrations, started from code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from clapmark.base.errors import ClapmarkError
from clapmark.base.install import extra_command

try:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import NullPool
except ImportError as error:
    raise ClapmarkError(
        f"The hub needs the packages of the extra `hub`, which are not installed. This adds them: "
        f"{extra_command('hub')}"
    ) from error

_FOLDER = Path(__file__).parents[1] / "migrations"
Connect = Callable[[], Any]


def migrate(url: str, connect: Connect | None = None) -> None:
    """Bring the tables of the database at `url` (SQLAlchemy's form) to the newest version."""
    engine = _engine(url, connect)
    with engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def newest() -> str:
    """Return the newest version in the folder of migrations."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _engine(url: str, connect: Connect | None) -> Engine:
    return (
        create_engine(url, poolclass=NullPool)
        if connect is None
        else create_engine(url, creator=connect, poolclass=NullPool)
    )
