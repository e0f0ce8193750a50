"""conferences/SLUG/written.log: the bullets and sections that clapmark ever wrote, so that deleted ones stay deleted.

One line each: `bullet ID FINGERPRINT` for every text that a bullet was given (or offered, where the user's own words
stand), `section KEY` for every talk that had its section. `-` in place of a fingerprint says that clapmark itself took
the bullet out, `+2` that it put it in again, then `-2`, `+3` and so on: a bullet that is not in the post and was put in
more often than taken out was deleted by the person. `~` says that it was reported to the person why theirs stays.

The file is only ever appended to, and a union merge of two of them says what both said. Where it is lost, bullets that
are still in the post are known by their markers.
"""

from collections.abc import Iterable

from clapmark.posts.ids import fingerprint

_HEAD = """\
# What clapmark has written into the post of this conference. Keep this file in git with the post:
# it is how a bullet that you delete stays deleted, and how one that you edit is known as yours.
"""
_REPORTED = "~"


class Written:
    """The content of one written.log, and what is to be appended to it."""

    def __init__(self, data: bytes) -> None:
        """Read `data`, the file's bytes, empty if there is none. Lines that cannot be read are skipped."""
        self._data = data
        self._bullets: dict[str, set[str]] = {}
        self._sections: set[str] = set()
        self._added: list[str] = []
        for line in data.decode("utf-8", "replace").splitlines():
            match line.split(" "):
                case ["bullet", bullet_id, mark]:
                    self._bullets.setdefault(bullet_id, set()).add(mark)
                case ["section", key]:
                    self._sections.add(key)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever written."""
        return not self._bullets and not self._sections

    def bullets(self) -> Iterable[str]:
        """Return the mark ids of all lines that were ever written: bullets, and the lines under them."""
        return self._bullets.keys()

    def bookmarks(self) -> set[str]:
        """Return the ids of the bookmarks whose bullets were put in and not taken out again by clapmark."""
        return {bullet_id.partition(".")[0] for bullet_id in self._bullets if self.was_deleted(bullet_id)}

    def has_bullet(self, bullet_id: str) -> bool:
        """Return whether the bullet was ever written."""
        return bullet_id in self._bullets

    def was_deleted(self, bullet_id: str) -> bool:
        """Return whether a bullet that is in no post was taken out by the person, not by clapmark."""
        put_in, taken_out = self._counts(bullet_id)
        return put_in > taken_out

    def has_text(self, bullet_id: str, key: str, line: str) -> bool:
        """Return whether `line` in the section `key` is a text that clapmark gave or offered to this bullet."""
        return fingerprint(key, line) in self._bullets.get(bullet_id, ())

    def has_section(self, key: str) -> bool:
        """Return whether the talk ever had its section."""
        return key in self._sections

    def add_text(self, bullet_id: str, key: str, line: str) -> bool:
        """Remember a text of a bullet; return whether it was new."""
        return self._add_mark(bullet_id, fingerprint(key, line))

    def add_insertion(self, bullet_id: str, is_incoming: bool = False) -> None:
        """Remember that a bullet is put in, before its text; `is_incoming`: another post loses it."""
        put_in, taken_out = self._counts(bullet_id)
        if put_in and (is_incoming or put_in == taken_out):
            self._add_mark(bullet_id, f"+{put_in + 1}")

    def add_removal(self, bullet_id: str) -> None:
        """Remember that clapmark took a bullet out."""
        _, taken_out = self._counts(bullet_id)
        self._add_mark(bullet_id, f"-{taken_out + 1}" if taken_out else "-")

    def add_notice(self, bullet_id: str) -> bool:
        """Remember that it was reported why a bullet stays; return whether that was new."""
        return self._add_mark(bullet_id, _REPORTED)

    def add_section(self, key: str) -> None:
        """Remember that a talk has its section."""
        if key not in self._sections:
            self._sections.add(key)
            self._added.append(f"section {key}\n")

    @property
    def added(self) -> int:
        """How many lines are to be appended so far."""
        return len(self._added)

    def roll_back(self, added: int) -> None:
        """Forget what was to be appended behind the first `added` lines: it did not come to pass."""
        for line in self._added[added:]:
            match line.split():
                case ["bullet", bullet_id, mark]:
                    self._bullets[bullet_id].discard(mark)
                    if not self._bullets[bullet_id]:
                        del self._bullets[bullet_id]
                case ["section", key]:
                    self._sections.discard(key)
        del self._added[added:]

    def to_bytes(self) -> bytes:
        """Return the file's bytes: those it had, and the new lines behind them."""
        if not self._added:
            return self._data
        start = self._data or _HEAD.encode()
        if not start.endswith(b"\n"):
            start += b"\n"
        return start + "".join(self._added).encode()

    def _counts(self, bullet_id: str) -> tuple[int, int]:
        """Return how often clapmark put a bullet in and took it out."""
        marks = self._bullets.get(bullet_id)
        if not marks:
            return 0, 0
        again = sum(mark.startswith("+") for mark in marks)
        return 1 + again, sum(mark.startswith("-") for mark in marks)

    def _add_mark(self, bullet_id: str, mark: str) -> bool:
        marks = self._bullets.setdefault(bullet_id, set())
        if mark in marks:
            return False
        marks.add(mark)
        self._added.append(f"bullet {bullet_id} {mark}\n")
        return True
