"""Draws the panel of a virtual device on a terminal, and keeps it up to date."""

import os
import termios
import threading
import tty
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from PIL import Image

from clapmark.base.foreign_text import printable
from clapmark.sim.events import Event, EventKind
from clapmark.sim.terminal.blocks import block_lines, fitted
from clapmark.sim.terminal.graphics import KITTY_REMOVE, Abilities, Graphics, kitty, sixel
from clapmark.sim.terminal.keys import HELP

_FRAME_S = 1 / 15
_END_S = 1.0
_LOCAL_MODES = 3  # in what termios.tcgetattr returns
_FEWEST_COLUMNS, _FEWEST_ROWS = 30, 10
_LOW_ROWS = 30  # a window with fewer has one line of messages
_HINT = "a b c tap   A B C hold   : command   ? help   q quit"

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # other buffer, no cursor, no line wrap
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_SHOW_CURSOR, _HIDE_CURSOR = "\x1b[?25h\x1b[?7h", "\x1b[?25l\x1b[?7l"
# synchronised output: terminals that know it show the frame at once, others ignore it; ESC 7, 8 keep the cursor
_BEGIN, _END = "\x1b[?2026h\x1b7", "\x1b8\x1b[?2026l"
_BOLD, _PLAIN, _CLEAR, _TO_END = "\x1b[7m", "\x1b[0m", "\x1b[2J", "\x1b[K"


class Panel(Protocol):
    """Where the picture comes from: a Simulation."""

    @property
    def panel_writes(self) -> int:
        """Return a number that grows whenever the picture may be another one."""

    def picture(self) -> Image.Image:
        """Return the picture."""


class Screen:
    """The live screen: the picture, a line of state, the latest messages, and a line for keys or a typed command.

    A thread draws; all methods may be called from another one. `title` begins the line of state.
    """

    def __init__(self, descriptor: int, panel: Panel, title: str, able: Abilities) -> None:
        self.shows_help = False
        self._out = descriptor
        self._panel = panel
        self._title = title
        self._able = able
        self._messages: deque[str] = deque(maxlen=8)
        self._outputs: dict[str, int] = {}
        self._size = (0, 0)
        self._drawn = -1
        self._is_typing = False
        self._needs_text = True
        self._saved: list[Any] = []
        self._lock = threading.RLock()  # of the terminal; held while a slow terminal takes its bytes
        self._news_lock = threading.Lock()  # of what to show; never held for long: the device waits for `on_event`
        self._wake = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._draw_on, daemon=True)

    def start(self) -> None:
        """Take over the terminal and begin to draw."""
        self.enter()
        self._thread.start()

    def stop(self) -> None:
        """End drawing and give the terminal back as it was."""
        self._is_over = True
        self._wake.set()
        self._thread.join(_END_S)  # a terminal that was stopped with Ctrl-S takes nothing
        self.leave()

    def enter(self) -> None:
        """Switch the terminal to single keys and its second buffer."""
        with self._lock:
            self._saved = termios.tcgetattr(self._out)
            tty.setcbreak(self._out)
            self._size = (0, 0)
            self._write(_ENTER)

    def leave(self) -> None:
        """Switch the terminal back."""
        if not self._lock.acquire(timeout=_END_S):
            return
        try:
            remove = KITTY_REMOVE if self._able.graphics is Graphics.KITTY else ""
            self._write(remove + _PLAIN + _LEAVE)
            termios.tcsetattr(self._out, termios.TCSANOW, self._saved)
        finally:
            self._lock.release()

    def typed_line(self, read: Callable[[], str]) -> str:
        """Return what `read` returns: a line that is typed in the last row, while the screen goes on.

        `read` changes the terminal's modes and restores them, as readline does, which shows what is typed only where
        it finds echo on. Line mode stays off: what is typed between two lines would be lost with its change.
        """
        with self._lock:
            self._size = (0, 0)  # the line before may have scrolled the terminal
            self._draw()
            self._is_typing = True
            self._set_echo(True)
            self._write(f"\x1b[{self._size[1]};1H{_PLAIN}{_TO_END}{_SHOW_CURSOR}")
        try:
            return read()
        finally:
            with self._lock:
                self._set_echo(False)
                self._write(_HIDE_CURSOR)
                self._is_typing = False
                self._size = (0, 0)  # the end of the line scrolled the terminal
            self._wake.set()

    def _set_echo(self, is_on: bool) -> None:
        modes = termios.tcgetattr(self._out)
        modes[_LOCAL_MODES] = modes[_LOCAL_MODES] | termios.ECHO if is_on else modes[_LOCAL_MODES] & ~termios.ECHO
        termios.tcsetattr(self._out, termios.TCSANOW, modes)

    def tell(self, sentence: str) -> None:
        """Show a message."""
        with self._news_lock:
            self._messages.append(printable(sentence))
            self._needs_text = True
        self._wake.set()

    def on_event(self, event: Event) -> None:
        """Show what the virtual device says of itself."""
        if event.kind is EventKind.OUTPUT:
            with self._news_lock:
                self._outputs[event.text] = event.number
                self._needs_text = True
        elif event.kind not in {EventKind.TONE, EventKind.ERASE}:
            self.tell(str(event).strip())

    def toggle_help(self) -> None:
        """Show the help in place of the picture, or the picture again."""
        with self._lock:
            self.shows_help = not self.shows_help
            self._size = (0, 0)
        self._wake.set()

    def _draw_on(self) -> None:
        while not self._is_over:
            self._draw()
            self._wake.wait(_FRAME_S)
            self._wake.clear()

    def _draw(self) -> None:
        with self._lock:
            frame = self._frame()
            if frame:
                self._write(_BEGIN + frame + _PLAIN + _END)

    def _frame(self) -> str:
        """Return what has to be drawn now."""
        size = os.get_terminal_size(self._out)
        is_new = self._size != size
        self._size = (size.columns, size.lines)
        parts = []
        if is_new and self._is_typing:
            parts.append(self._lines([""] * (size.lines - 1), size.lines))
        elif is_new:
            parts.append(_PLAIN + _CLEAR)
        writes = self._panel.panel_writes
        if is_new or writes != self._drawn:
            self._drawn = writes
            parts.append(self._picture())
        if is_new or self._needs_text:
            self._needs_text = False
            parts.append(self._text())
        return "".join(parts)

    @property
    def _message_rows(self) -> int:
        return 1 if self._size[1] < _LOW_ROWS else 4

    def _picture(self) -> str:
        columns, rows = self._size[0], self._size[1] - self._message_rows - 2
        if self.shows_help:
            return self._lines([line[: columns - 1] for line in HELP], rows)
        if columns < _FEWEST_COLUMNS or self._size[1] < _FEWEST_ROWS:
            return self._lines(["The window is too small for the screen."[: columns - 1]], max(rows, 1))
        picture = self._panel.picture()
        width, height = self._able.cell
        if self._able.graphics is Graphics.SIXEL:
            return "\x1b[1;1H" + sixel(picture, columns * width, rows * height)
        if self._able.graphics is Graphics.KITTY:
            scale = min(columns * width / picture.width, rows * height / picture.height)
            across, down = int(picture.width * scale / width), int(picture.height * scale / height)
            return "\x1b[1;1H" + kitty(picture, max(1, across), max(1, down))
        across, down, _ = fitted(picture.size, columns, rows)
        left, top = (columns - across) // 2, (rows - down) // 2
        lines = block_lines(picture, columns, rows)
        return "".join(f"\x1b[{top + number};{left + 1}H{line}" for number, line in enumerate(lines, 1))

    @staticmethod
    def _lines(lines: tuple[str, ...] | list[str], rows: int) -> str:
        return "".join(f"\x1b[{number};1H{line}{_TO_END}" for number, line in enumerate(lines[:rows], 1))

    def _text(self) -> str:
        columns, height = self._size
        number = self._message_rows
        with self._news_lock:
            shown = list(self._messages)[-number:]
            state = self._state()
        rows = [f"{_BOLD}{state[: columns - 1]:<{columns - 1}}{_PLAIN}"]
        rows += [message[: columns - 1] for message in shown] + [""] * (number - len(shown))
        if not self._is_typing:
            rows.append(_HINT[: columns - 1])
        top = height - number - 1
        return "".join(f"\x1b[{top + at};1H{row}{_TO_END}" for at, row in enumerate(rows))

    def _state(self) -> str:
        on = [name for name, level in sorted(self._outputs.items()) if level and name not in {"backlight", "hold"}]
        if self._outputs.get("backlight") == 0:
            on.append("screen dark")
        return "  ".join([self._title, *(f"[{name}]" for name in on)])

    def _write(self, text: str) -> None:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(self._out, data) :]
