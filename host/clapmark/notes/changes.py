"""Changes to files of the archive: looked at as a diff, written, and taken back.

What a run of notes replaces is kept in `.clapmark/undo/` until the next run that changes something, so that `clapmark
notes --undo` can bring it back: `run.json` names the files with their SHA-256 before and after, next to it are their
contents from before.
"""

import contextlib
import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clapmark.archive.archive import Archive, scratch_folder
from clapmark.archive.inside import regular, writable
from clapmark.base import durable
from clapmark.base.errors import UsageError

_RUN = "run.json"
_HEX_LENGTH = 64  # of a SHA-256


@dataclass(frozen=True)
class Change:
    """One file that would change: its bytes before and after; None: it does not exist then.

    Changes of one `group` (a conference: its posts and its list of written lines) belong together: they are taken
    back all or not at all.
    """

    path: Path
    before: bytes | None
    after: bytes | None
    group: str = ""

    def diff(self, folder: Path) -> str:
        """Return the change as a unified diff, paths relative to `folder`."""
        name = self.path.relative_to(folder).as_posix()
        before, after = (_lines(data or b"") for data in (self.before, self.after))
        old = name if self.before is not None else "/dev/null"
        new = name if self.after is not None else "/dev/null"
        text = "".join(difflib.unified_diff(before, after, old, new))
        # the text of a post must not reach the terminal as a command
        return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)


def write(changes: Iterable[Change]) -> list[Path]:
    """Write the changes in their order and return the paths that were written. Hold the archive's lock.

    Raises ConflictError if a file is not as it was when the changes were calculated; what was written before it stays.
    A file that an editor saves at the same time keeps what the editor saved.
    """
    written: list[Change] = []
    for change in changes:
        current = _content(change.path)
        if current == change.after:
            continue
        # the list of written lines comes last: it must not say that bullets were written which an editor that had the
        # old text open has just replaced, or they would count as deleted by the person
        for earlier in written if change.path.suffix == ".log" else ():
            if earlier.group == change.group and _content(earlier.path) != earlier.after:
                raise durable.changed_meanwhile(earlier.path)
        durable.replace_or_conflict(change.path, change.before, change.after)
        written.append(change)
    return [change.path for change in written]


def remember(folder: Path, changes: Sequence[Change]) -> None:
    """Keep what the changes replace, instead of what an earlier run had kept.

    Raises ConflictError, before anything is written, if one of the files is a link that leads out of the archive.
    """
    for change in changes:
        writable(folder, change.path)
    store = scratch_folder(folder) / "undo"
    forget(folder)
    files = []
    for number, change in enumerate(changes):
        if change.before is not None:
            durable.replace_file(writable(folder, store / f"{number}.before"), change.before)
        files.append(
            {
                "path": change.path.relative_to(folder).as_posix(),
                "group": change.group,
                "before": _sha256(change.before),
                "after": _sha256(change.after),
            }
        )
    run = json.dumps({"files": files}, indent=1).encode()
    durable.replace_file(writable(folder, store / _RUN), run)  # last: now it is complete


def forget(folder: Path) -> None:
    """Delete what is kept of the last run."""
    store = folder / ".clapmark" / "undo"
    writable(folder, store / "any")  # the folder itself may be a link
    for path in [store / _RUN, *sorted(store.glob("*.before"))]:
        path.unlink(missing_ok=True)


def plan_undo(archive: Archive) -> tuple[list[Change], list[str]]:
    """Return the changes that bring back the files of the last run, and sentences about those that stay as they are.

    Raises UsageError if no run is kept.
    """
    store = archive.folder / ".clapmark" / "undo"
    try:
        files = _read_run(archive.folder, store)
    except FileNotFoundError as error:
        raise UsageError("There is no run of notes to undo: the last one was undone, or none is stored.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{store} does not hold what the last run replaced ({error}). Nothing was changed; git may have the files."
        ) from error
    edited: dict[str, list[str]] = {}
    for path, group, before, after, _ in files:
        if _sha256(_content(path)) not in {before, after}:
            edited.setdefault(group, []).append(path.relative_to(archive.folder).as_posix())
    changes = [
        Change(path, _content(path), old, group)
        for path, group, before, _, old in files
        if group not in edited and _sha256(_content(path)) != before
    ]
    left = [
        f"{', '.join(names)} changed since the last run, so the notes of {group} were not changed"
        for group, names in edited.items()
    ]
    # the list of written lines before the posts: cut in between, bullets are known by their markers
    return changes[::-1], left


def _read_run(folder: Path, store: Path) -> list[tuple[Path, str, str, str, bytes | None]]:
    run = json.loads((store / _RUN).read_bytes())
    out = []
    for number, file in enumerate(run["files"]):
        path = folder / str(file["path"])
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError("it names a file outside the archive")
        before, after = str(file["before"]), str(file["after"])
        old = (store / f"{number}.before").read_bytes() if before else None
        if _sha256(old) != before or len(after) not in {0, _HEX_LENGTH}:
            raise ValueError("its parts do not fit together")
        out.append((path, str(file["group"]), before, after, old))
    return out


def _content(path: Path) -> bytes | None:
    with contextlib.suppress(FileNotFoundError):
        return regular(path).read_bytes()
    return None


def _sha256(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return lines + ([f"{last}\n\\ No newline at end of file\n"] if last else [])
