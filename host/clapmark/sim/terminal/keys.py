"""What a person types at the live screen: single keys, and what a terminal sends that is no key."""

from clapmark.sim.script import DEFAULT_HOLD_MS, Press

_ESCAPE = "\x1b"
_TWO_BYTES = {"O"}  # ESC O x: function and arrow keys of an application keypad
_STRINGS = set("P]^_X")  # ESC P ... ESC \: a terminal's answers
_BELL = "\a"

HELP = (
    "a  b  c      tap button A, B or C        space also taps A, the mark",
    "A  B  C      hold it for 1.5 seconds",
    ":            type a command: hold A 5s, reset, power-cut, battery 3400mV, screenshot note.png, end",
    "             (arrow keys: earlier commands; Tab completes; an empty line returns to the keys)",
    "?            this help",
    "q, Ctrl-C    switch off and leave; bookmarks and settings stay for the next time",
)


class KeyReader:
    """Turns what a terminal sends into keys. Arrow keys and answers of the terminal are no keys and are skipped.

    Without this, the arrow key that arrives as ESC [ A would hold button A.
    """

    def __init__(self) -> None:
        self._state = ""  # "", ESC, "[" (in a control sequence), "O", a string's introducer, or ESC in a string

    def keys(self, text: str) -> list[str]:
        """Return the keys in `text`, which may begin or end in the middle of a sequence."""
        return [letter for letter in text if self._is_key(letter)]

    def end_of_input(self) -> None:
        """Nothing followed for a while: an Escape that came alone was the key."""
        self._state = "" if self._state == _ESCAPE else self._state

    def _is_key(self, letter: str) -> bool:
        state = self._state
        if state in {"", _ESCAPE} and letter == _ESCAPE:
            self._state = _ESCAPE
        elif state == "":
            return letter.isprintable() or letter in "\r\n\x04"
        elif state == _ESCAPE:
            self._state = letter if letter in _TWO_BYTES | _STRINGS | {"["} else ""
        elif state == "[":
            self._state = "" if "@" <= letter <= "~" else state
        elif state in _TWO_BYTES or letter == _BELL or (state.endswith(_ESCAPE) and letter == "\\"):
            self._state = ""
        else:
            self._state = state[0] + _ESCAPE if letter == _ESCAPE else state[0]
        return False


def press_of(key: str) -> Press | None:
    """Return the press that a key stands for: a lower-case letter taps, a capital holds."""
    if key == " ":
        return Press("A")
    if key in {"a", "b", "c"}:
        return Press(key.upper())
    if key in {"A", "B", "C"}:
        return Press(key, DEFAULT_HOLD_MS * 1000)
    return None
