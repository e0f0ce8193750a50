"""An editor saves a post while notes write it: what was saved last is in the file, whoever came first.

`editor_steps` saves at each step of one write, in each way that editors save. `editor_races` lets a process save in a
loop while notes run: it looks before each save whether its last one is still there.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import IO
from unittest.mock import patch

from clapmark.base import durable, exchange
from clapmark.base.errors import ConflictError
from clapmark.notes import apply, plan_notes
from tests.faults.ledger import Ledger
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, minutes, put, write_notes

BEFORE, AFTER, SAVED, NEWER = b"as it was\n", b"with bullets\n", b"as the person saved it\n", b"saved once more\n"
_RUN_S = 1.5
_BEGINS_S = 0.03  # after this a program that saves is done, or waits for the lease to end
_SLOW_S = 0.06


def by_rename(path: Path, data: bytes) -> None:
    """Save as vim and VS Code do for most files: a new file, renamed over the old one."""
    fresh = path.with_name("editor.tmp")
    fresh.write_bytes(data)
    fresh.replace(path)


def in_place(path: Path, data: bytes) -> None:
    """Save as Notepad, nano and many others do: the file is cut to nothing and written again."""
    path.write_bytes(data)


def by_backup(path: Path, data: bytes) -> None:
    """Save as vim does with `backupcopy=no` and a backup: the old file is renamed away, a new one is written."""
    path.replace(path.with_name("editor.bak"))
    path.write_bytes(data)


Save = Callable[[Path, bytes], None]
SAVES: dict[str, Save] = {"rename": by_rename, "in place": in_place, "backup": by_backup}


@contextmanager
def _at_exchange(*actions: Callable[[], None]) -> Iterator[None]:
    """Begin one action right before each exchange of two files, as another program would: it may have to wait."""
    rest = list(actions)
    programs: list[threading.Thread] = []
    real = exchange.exchange

    def wrapped(first: Path, second: Path) -> bool:
        if rest:
            programs.append(threading.Thread(target=rest.pop(0)))
            programs[-1].start()
            programs[-1].join(_BEGINS_S)
        return real(first, second)

    with patch.object(exchange, "exchange", wrapped):
        yield
    for program in programs:
        program.join()


def editor_steps(ledger: Ledger) -> None:
    """An editor saves right before each exchange of a write, holds the file open over it, or deletes it."""
    for name, save in SAVES.items():
        first, second = partial(save, data=SAVED), partial(save, data=NEWER)
        with _post() as path:
            with _at_exchange(partial(first, path)):
                is_reported = write(path)
            _check(ledger, f"{name}, before the exchange", path, SAVED, is_reported)
        with _post() as path:
            with _at_exchange(partial(first, path), partial(second, path)):
                is_reported = write(path)
            _check(ledger, f"{name}, before both exchanges", path, NEWER, is_reported)
    for mode in ("r+b", "wb"):
        with _post() as path:
            with _at_exchange(lambda path=path, mode=mode: _save_slowly(path, mode)):
                is_reported = write(path)
            _check(ledger, f"opened as {mode} before the exchange", path, SAVED, is_reported)
        with _post() as path, path.open(mode) as file:
            saving = threading.Thread(target=_finish, args=(file,))
            saving.start()
            is_reported = write(path)
            saving.join()
            _check(ledger, f"open as {mode} all the time", path, SAVED, is_reported)
    with _post() as path, _at_exchange(path.unlink):
        _check(ledger, "deleted before the exchange", path, None, write(path))
    with _post() as path, _at_exchange(lambda: by_rename(path, SAVED), path.unlink):
        _check(ledger, "deleted before it is put back", path, SAVED, write(path))
    with _post() as path:
        path.unlink()
        with patch.object(exchange, "create", _created_meanwhile(exchange.create)):
            _check(ledger, "created before it is made", path, SAVED, write(path, before=None))
    with _post() as path, patch.object(exchange, "exchange", lambda *_: False):
        _check(ledger, "without an exchange", path, AFTER, write(path) is False)
    with _post() as path:
        _check(ledger, "no program saves", path, AFTER, write(path) is False)


def write(path: Path, before: bytes | None = BEFORE, after: bytes | None = AFTER) -> bool:
    """Write as notes do; return whether the conflict was reported."""
    return not durable.replace_expected(path, before, after)


def _save_slowly(path: Path, mode: str) -> None:
    with path.open(mode) as file:
        _finish(file)


def _finish(file: IO[bytes]) -> None:
    time.sleep(_SLOW_S)
    file.truncate(0)
    file.write(SAVED)
    file.close()


def _created_meanwhile(real: Callable[[Path, Path], bool]) -> Callable[[Path, Path], bool]:
    def create(path: Path, fresh: Path) -> bool:
        path.write_bytes(SAVED)
        return real(path, fresh)

    return create


@contextmanager
def _post() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "post.md"
        path.write_bytes(BEFORE)
        yield path


def _check(ledger: Ledger, step: str, path: Path, expected: bytes | None, is_reported: bool) -> None:
    ledger.injected += 1
    found = path.read_bytes() if path.exists() else None
    if found != expected:
        ledger.fail(f"lost: {step}: {found!r} instead of {expected!r}")
    if not is_reported:
        ledger.fail(f"silent: {step}: the conflict was not reported")
    left = [one.name for one in path.parent.iterdir() if "clapmark" in one.name]
    if left:
        ledger.fail(f"lost: {step}: {left} left behind")


_EDITOR = """
import os, random, sys, time
path, style, seed = sys.argv[1:]
random = random.Random(seed)
number, lost, missing = 0, 0, 0
fresh = path + ".editor"
print("ready", flush=True)
while not os.path.exists(path + ".stop"):
    mark = b"save %d." % number
    end = time.monotonic() + 1
    while True:
        with open(path, "rb") as file:
            data = file.read()
        if not number or mark in data or time.monotonic() > end:
            break
        missing += 1
    lost += bool(number) and mark not in data
    new = b"save %d." % (number + 1)
    data = data.replace(mark, new) if mark in data else data + new + b"\\n"
    if style == "rename":
        with open(fresh, "wb") as file:
            file.write(data)
        os.replace(fresh, path)
    else:
        with open(path, "wb") as file:
            file.write(data)
    number += 1
    if random.random() < 0.5:
        time.sleep(random.random() * 0.01)
print(number, lost, missing, flush=True)
"""


def editor_races(number: int, ledger: Ledger) -> None:
    """A process saves a post in a loop, by rename or in place, while notes change bullets in it."""
    style = ("rename", "in place")[number % 2]
    with tempfile.TemporaryDirectory() as folder:
        archive = make_archive(Path(folder))
        write_notes(archive)
        path = archive.post_path(SLUG)
        editor = subprocess.Popen(
            [sys.executable, "-c", _EDITOR, str(path), style, str(number)], stdout=subprocess.PIPE, text=True
        )
        assert editor.stdout is not None
        editor.stdout.readline()
        random, log, end = Random(number), afternoon(), time.monotonic() + _RUN_S
        written = 0
        while time.monotonic() < end:
            for turn in range(20):
                # the write alone, which is a thousandth of what notes do
                before = path.read_bytes()
                written += durable.replace_expected(path, before, before + b"bullet %d\n" % turn)
            log.add(minutes(310), "retag", of=4, tag=f"tag{random.randrange(10**6)}")
            log.add(minutes(random.randrange(300)), "bookmark", tag="new", talk="dicts")
            put(archive, log)
            try:
                written += bool(apply(plan_notes(archive)))
            except (ConflictError, FileNotFoundError):
                continue
        Path(f"{path}.stop").touch()
        saves, lost, missing = map(int, editor.communicate(timeout=60)[0].split())
        ledger.injected += saves
        if missing:
            ledger.notes.append(f"{missing} times a save was not in the file for a moment")
        last = f"save {saves}.".encode()
        lost += last not in path.read_bytes()
        for _ in range(lost):
            ledger.fail(f"lost: a save of the editor ({style}, {number}) was overwritten")
        if not written:  # the editor was always first, on a slow machine
            ledger.notes.append(f"notes never wrote in run {number}")
        left = [name for name in os.listdir(path.parent) if "clapmark" in name]
        if left:
            ledger.fail(f"lost: {left} left behind")
