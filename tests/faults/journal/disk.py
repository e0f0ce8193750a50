"""The laptop's disk through a power cut: what no fsync has brought there is gone."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random


class CrashDisk:
    """Watches what is written below `root` while `watched`; `lose_power` takes away what was not synced.

    `calls` counts writes and syncs; `before_call(number)` may raise, as a kill would end the process there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._sizes: dict[Path, int] = {}
        self._names: dict[Path, set[str]] = {}
        self.calls = 0
        self.before_call: Callable[[int], None] = lambda _number: None
        for folder, _, files in os.walk(self._root):
            self._sync_folder(Path(folder))
            for name in files:
                path = Path(folder) / name
                self._sizes[path] = path.stat().st_size

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch os.write and os.fsync of this process."""
        real_write, real_sync = os.write, os.fsync

        def write(descriptor: int, data: bytes) -> int:
            self._call()
            return real_write(descriptor, data)

        def fsync(descriptor: int) -> None:
            self._call()
            self._synced(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

        os.write, os.fsync = write, fsync
        try:
            yield
        finally:
            os.write, os.fsync = real_write, real_sync

    def durable(self, path: Path) -> bytes:
        """Return what of a file would be there after a power cut."""
        path = path.resolve()
        if not self._is_named(path):
            return b""
        return path.read_bytes()[: self._sizes.get(path, 0)]

    def lose_power(self, random: Random) -> None:
        """Cut the power: names and bytes that were not synced are gone, or are there in part."""
        for folder, _, files in os.walk(self._root, topdown=False):
            for name in files:
                path = Path(folder) / name
                if not self._is_named(path) and random.random() < 0.5:
                    path.unlink()
                    continue
                kept = self._sizes.get(path, 0)
                size = path.stat().st_size
                if size > kept:
                    os.truncate(path, random.randint(kept, size))
        for folder, _, files in os.walk(self._root):
            self._sync_folder(Path(folder))
            for name in files:
                self._sizes[Path(folder) / name] = (Path(folder) / name).stat().st_size

    def _call(self) -> None:
        number = self.calls
        self.calls = number + 1
        self.before_call(number)

    def _synced(self, path: Path) -> None:
        if path.is_dir():
            self._sync_folder(path)
        else:
            self._sizes[path] = path.stat().st_size

    def _sync_folder(self, folder: Path) -> None:
        self._names[folder] = {entry.name for entry in os.scandir(folder)}

    def _is_named(self, path: Path) -> bool:
        while path != self._root:
            if path.name not in self._names.get(path.parent, ()):
                return False
            path = path.parent
        return True
