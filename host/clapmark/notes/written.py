"""conferences/SLUG/written.log: the bullets and sections that clapmark ever wrote, so that deleted ones stay deleted.

One line each: `bullet ID FINGERPRINT` for every text that a bullet was given (or offered, where the user's own words
stand), `section KEY` for every talk that had its section. The file is only ever appended to, and a union merge of two
of them says what both said. Where it is lost, bullets that are still in the post are known by their markers.
"""

from clapmark.notes.ids import fingerprint

_HEAD = """\
# What clapmark has written into the post of this conference. Keep this file in git with the post:
# it is how a bullet that you delete stays deleted, and how one that you edit is known as yours.
"""
REMOVED = "-"  # in place of a fingerprint: the bullet was taken out, or was to be


class Written:
    """The content of one written.log, and what is to be appended to it."""

    def __init__(self, data: bytes) -> None:
        """Read `data`, the file's bytes, empty if there is none. Lines that make no sense are passed over."""
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

    def has_bullet(self, bullet_id: str) -> bool:
        """Return whether the bullet was ever written."""
        return bullet_id in self._bullets

    def has_text(self, bullet_id: str, key: str, line: str) -> bool:
        """Return whether `line` in the section `key` is a text that clapmark gave or offered to this bullet."""
        return fingerprint(key, line) in self._bullets.get(bullet_id, ())

    def has_section(self, key: str) -> bool:
        """Return whether the talk ever had its section."""
        return key in self._sections

    def add_text(self, bullet_id: str, key: str, line: str) -> bool:
        """Remember a text of a bullet; return whether it was new."""
        return self._add_mark(bullet_id, fingerprint(key, line))

    def add_removal(self, bullet_id: str) -> bool:
        """Remember that a bullet was taken out; return whether that was new."""
        return self._add_mark(bullet_id, REMOVED)

    def add_section(self, key: str) -> None:
        """Remember that a talk has its section."""
        if key not in self._sections:
            self._sections.add(key)
            self._added.append(f"section {key}\n")

    def to_bytes(self) -> bytes:
        """Return the file's bytes: those it had, and the new lines behind them."""
        if not self._added:
            return self._data
        start = self._data or _HEAD.encode()
        if not start.endswith(b"\n"):
            start += b"\n"
        return start + "".join(self._added).encode()

    def _add_mark(self, bullet_id: str, mark: str) -> bool:
        marks = self._bullets.setdefault(bullet_id, set())
        if mark in marks:
            return False
        marks.add(mark)
        self._added.append(f"bullet {bullet_id} {mark}\n")
        return True
