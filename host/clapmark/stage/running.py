"""How `clapmark sync` finds a running stage, and syncs through it instead of finding a busy port."""

import json
import os
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clapmark.base import durable
from clapmark.sync.sync import SyncResult

_SYNC_S = 120.0


@dataclass(frozen=True)
class RunningStage:
    """A stage of this user on this computer."""

    url: str
    token: str
    process: int
    port: str  # the serial port that it was given, "" for the only one


@contextmanager
def announced(folder: Path, url: str, token: str, port: str | None) -> Iterator[None]:
    """Leave word of a stage at `url` while the block runs."""
    path = folder / "stage-running.json"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    values = {"url": url, "token": token, "process": os.getpid(), "port": port or ""}
    durable.replace_file(path, json.dumps(values).encode())
    path.chmod(0o600)
    try:
        yield
    finally:
        if (found := find_stage(folder)) and found.process == os.getpid():
            path.unlink(missing_ok=True)


def find_stage(folder: Path) -> RunningStage | None:
    """Return the stage that left word, or None; whether it still runs shows when it is asked."""
    try:
        values = json.loads((folder / "stage-running.json").read_bytes())
        found = RunningStage(str(values["url"]), str(values["token"]), int(values["process"]), str(values["port"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if found.url.startswith("http://") else None


def sync_through(stage: RunningStage, archive: Path) -> SyncResult | str | None:
    """Let the stage sync its device into `archive`: return its result, a sentence if it refuses, None if it is gone."""
    request = urllib.request.Request(  # noqa: S310  # find_stage accepts http only
        f"{stage.url}/api/1/sync",
        json.dumps({"archive": str(archive)}).encode(),
        {"authorization": f"Bearer {stage.token}", "content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has nothing to do with loopback
    try:
        with opener.open(request, timeout=_SYNC_S) as answer:
            values = json.loads(answer.read(1 << 20))
    except urllib.error.HTTPError as error:
        try:
            return str(json.loads(error.read(1 << 16))["say"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
    except (OSError, ValueError):
        return None
    return _result(values)


def _result(values: dict[str, Any]) -> SyncResult | None:
    try:
        gaps = [(int(first), int(last)) for first, last in values.pop("gaps")]
        other = values.pop("other_archive")
        return SyncResult(
            **values | {"unknown_kinds": Counter(values["unknown_kinds"])},
            gaps=gaps,
            other_archive=(int(other[0]), int(other[1])) if other else None,
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        return None  # a stage of another version
