"""Safe mode: journal and link, nothing else, so that the bookmarks can be fetched whatever is broken.

Marks are not taken. The next start tries the app again.
"""

import asyncio
import sys

import micropython
from micropython import const

# from the bottom up, as in firmware.app: imports inside of imports need stack, and an ESP32 has 16 KB of it
# isort: off
import firmware.core.sector_reader
import firmware.journal.commit
import firmware.link.session  # noqa: F401

# isort: on
from firmware.context import Context
from firmware.core.state import FAULT
from firmware.link.server import LinkServer

_RESTART_MS = const(1000)


class _BareChip:
    """The board while none can be set up: only its chip."""

    name = b"unknown"

    def chip(self):
        from firmware.boards import esp32_chip

        return esp32_chip


class SafeMode:
    """Answers the laptop."""

    def __init__(self, cause):
        from firmware import startup

        self.context = context = Context(_BareChip())
        context.settings, context.state.problems = startup.load_settings()
        context.journal.mount()
        why = "Because %s." % cause
        context.state.problems.insert(0, "Safe mode: no marks. " + why)
        self._show(why)
        startup.write_boot_record(context)
        startup.restore_clock(context)
        context.write_fault_record(b"safe-mode", cause.encode())
        self._link = LinkServer(sys.stdin.buffer, sys.stdout.buffer, context)

    async def run(self):
        """Serve the link until the laptop asks for the REPL."""
        while not self._link.is_leaving:
            try:
                await self._link.run()
            except Exception as error:  # noqa: BLE001  the link is all that is left
                sys.print_exception(error)
                await asyncio.sleep_ms(_RESTART_MS)

    def _show(self, why):
        """Show it on the screen, if there is one that works."""
        from firmware import boards

        context = self.context
        state = context.state
        state.is_safe_mode = True
        state.fault = (why + " Sync, then reset.").encode()
        state.screen = FAULT
        try:
            from firmware.ui.display import Display

            board = boards.load(safe_hardware=True)
            context.display = Display(board.panel)
            context.display.refresh(state)
            board.light(50)
            context.board = board
        except Exception as error:  # noqa: BLE001  a broken panel may be why this is safe mode
            sys.print_exception(error)
            state.problems.append(str(error))


def main(why):
    """Run safe mode; `why` is a text."""
    micropython.kbd_intr(-1)  # the link may carry any byte, 0x03 too
    asyncio.run(SafeMode(why).run())
    micropython.kbd_intr(3)
