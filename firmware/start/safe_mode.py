"""Safe mode: journal, link and button A, so that bookmarks can be made and fetched when all else is broken.

No talks, tags, countdown or menu. The next start tries the app again.
"""

import asyncio
import sys

import micropython
from micropython import const

# from the bottom up, as in firmware.app: imports inside of imports need stack, and an ESP32 has 16 KB of it
# isort: off
import firmware.core.lines.sector_reader
import firmware.journal.commit
import firmware.link.session  # noqa: F401  loaded here for the order

# isort: on
from firmware.context import Context
from firmware.core.state import FAULT
from firmware.link.server import LinkServer
from firmware.system import module_unloader

_RESTART_MS = const(1000)
_LONGEST_RESTART_MS = const(60_000)


class _BareChip:
    """The board while none can be set up: only its chip."""

    name = b"unknown"

    def chip(self):
        from firmware.boards import esp32_chip

        return esp32_chip

    def chip_at_start(self):
        from firmware.boards import esp32_start

        return esp32_start


class SafeMode:
    """Answers the laptop, and marks with button A where there is one that works."""

    def __init__(self, cause):
        from firmware import startup

        self.context = context = Context(_BareChip())
        context.settings, context.state.problems = startup.load_settings()
        context.journal.mount()
        self._why = "Because %s." % cause
        self._buttons = None
        self._bookmarks = None
        context.state.is_safe_mode = True
        context.state.can_mark = False
        self._set_up_board()
        self._set_up_marks()
        marks = "only button A works" if context.state.can_mark else "no marks"
        context.state.problems.insert(0, "Safe mode: %s. %s" % (marks, self._why))
        self._show((self._why + " Sync, then reset.").encode())
        startup.write_boot_record(context)
        startup.restore_clock(context)
        context.write_fault_record(b"safe-mode", cause.encode())
        self._link = LinkServer(sys.stdin.buffer, sys.stdout.buffer, context)
        module_unloader.settle()  # what is loaded from here on, for a rare request, may be freed

    async def run(self):
        """Serve link and button until the laptop asks for the REPL."""
        buttons = self._buttons
        if self._bookmarks:
            clock = self.context.clock
            for run in (lambda: buttons.run(clock, self._on_button), buttons.watch):
                asyncio.create_task(self._keep_running(run))  # noqa: RUF006  MicroPython's loop keeps its tasks
        await self._keep_running(self._link.run)

    async def _keep_running(self, run):
        """Await `run()` until the laptop asks for the REPL, again after each fault."""
        wait_ms = _RESTART_MS
        while not self._link.is_leaving:
            try:
                await run()
            except Exception as error:  # noqa: BLE001  nothing else is left that could help
                sys.print_exception(error)
                await asyncio.sleep_ms(wait_ms)
                wait_ms = min(2 * wait_ms, _LONGEST_RESTART_MS)

    def _set_up_board(self):
        """Set up what works of the board."""
        from firmware import boards

        context = self.context
        try:
            context.board = board = boards.load(safe_hardware=True)
            self._buttons = board.buttons
        except Exception as error:  # noqa: BLE001  a broken board may be why this is safe mode
            self._report(error)
            return
        try:
            from firmware.ui.display import Display

            context.display = Display(board.panel)
            board.light(50)
        except Exception as error:  # noqa: BLE001  a broken panel, too
            context.display = None
            self._report(error)

    def _set_up_marks(self):
        context = self.context
        if not (self._buttons and context.journal.is_mounted):
            return
        try:
            from firmware.control.bookmarks import Bookmarks
            from firmware.control.record_writer import RecordWriter

            bookmarks = Bookmarks(RecordWriter(context.journal, context.state))
            bookmarks.marking.set_tags(tuple([tag.encode() for tag in context.settings["tags"]]))
            self._bookmarks = bookmarks
            context.state.can_mark = True
        except Exception as error:  # noqa: BLE001  a broken module, too
            self._report(error)

    def _on_button(self, button, event, ms):
        from firmware.core.buttons import MARK, PRESS
        from firmware.core.state import FLASH_SAVED

        if button != MARK or event != PRESS:
            return
        state = self.context.state
        seq = self.context.journal.last_seq
        try:
            self._bookmarks.mark(ms)
        except Exception as error:  # noqa: BLE001  then it is NOT SAVED, unless the journal has it
            sys.print_exception(error)
        if self.context.journal.last_seq > seq or state.flash == FLASH_SAVED:
            self._show(b"Saved #%d. %s Sync, then reset." % (state.flash_number, self._why.encode()))
        else:
            self._show(b"NOT SAVED: %s" % state.flash_reason)
        state.flash = 0

    def _show(self, text):
        """Show it on the screen, if there is one that works."""
        context = self.context
        context.state.fault = text
        context.state.screen = FAULT
        if context.display:
            try:
                context.display.refresh(context.state)
            except Exception as error:  # noqa: BLE001  as in _set_up_board
                context.display = None
                self._report(error)

    def _report(self, error):
        sys.print_exception(error)
        self.context.state.problems.append("%s %s" % (type(error).__name__, error))


def main(why):
    """Run safe mode; `why` is a text."""
    micropython.kbd_intr(-1)  # the link may carry any byte, 0x03 too
    asyncio.run(SafeMode(why).run())
    micropython.kbd_intr(3)
