"""Safe mode: journal and link, nothing else, so that the bookmarks can be fetched whatever is broken.

Marks are not taken. The next start tries the app again.
"""

import asyncio
import sys

import micropython
from micropython import const

from firmware.context import Services
from firmware.core import state

_RESTART_MS = const(1000)


class _BareChip:
    """Stands in for a board that cannot be set up."""

    name = b"unknown"

    def chip(self):
        from firmware.boards import esp32_chip

        return esp32_chip


class Rescue(Services):
    """Answers the laptop."""

    def __init__(self, cause):
        from firmware import startup

        super().__init__(_BareChip())
        self.settings, self.state.problems = startup.load_settings()
        self.journal.mount()
        why = "Because %s." % cause
        self.state.problems.insert(0, "Safe mode: no marks. " + why)
        self._show(why)
        startup.write_boot_record(self)
        startup.restore_clock(self)
        self.write_fault_record(b"safe-mode", cause.encode())

    async def run(self):
        """Serve the link until the laptop asks for the REPL."""
        while not self.link.is_leaving:
            try:
                await self.link.run()
            except Exception as error:  # noqa: BLE001  the link is all that is left
                sys.print_exception(error)
                await asyncio.sleep_ms(_RESTART_MS)

    def leave(self):
        """Nothing else runs: `run` ends by itself."""

    def _show(self, why):
        """Say it on the screen, if there is one that works."""
        from firmware import boards

        shown = self.state
        shown.is_safe_mode = True
        shown.fault = (why + " Sync, then reset.").encode()
        shown.screen = state.FAULT
        try:
            from firmware.ui.display import Display

            board = boards.load(is_careful=True)
            self.display = Display(board.panel)
            self.display.refresh(shown)
            board.light(50)
            self.board = board
        except Exception as error:  # noqa: BLE001  a broken panel may be why this is safe mode
            sys.print_exception(error)
            shown.problems.append(str(error))


def main(why):
    """Run safe mode; `why` is a text."""
    micropython.kbd_intr(-1)  # the link may carry any byte, 0x03 too
    asyncio.run(Rescue(why).run())
    micropython.kbd_intr(3)
