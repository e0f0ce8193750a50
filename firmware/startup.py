"""What the app does once, when it starts: its parts, settings, boot record, clock, countdown. Not kept in memory."""

import gc
import sys

from micropython import const

from firmware.context import Context
from firmware.control.controller import Controller
from firmware.control.screen_task import ScreenTask
from firmware.core import state
from firmware.link.server import LinkServer
from firmware.outputs.backlight import Backlight
from firmware.outputs.cue_player import CuePlayer
from firmware.system import crash_counter, module_unloader
from firmware.system.json_files import SETTINGS_PATH, read_json
from firmware.system.wakeup import Wakeup
from firmware.ui.display import Display
from firmware.version import VERSION

_RTC_ERROR_MS = const(2000)  # the chip's clock runs through a reset: whole seconds, and some drift
# methods that have done their work when the app runs: all objects of these classes are made
_START_ONLY = ("__init__", "mount", "measure", "clear", "_bus", "add_outputs", "chip_at_start")
_NO_HOST_MS = const(-4 * 3600 * 1000)  # a laptop was heard so long ago that the chip may sleep


def assemble(app, board):
    """Make the parts of `app` for a board, and bring them to where they were before the reset."""
    gc.collect()
    app.display = Display(board.panel)  # its buffer is the largest piece: first
    app.context = context = Context(board)
    context.display = app.display
    context.settings, context.state.problems = load_settings()
    context.state.problems.extend(board.problems)
    module_unloader.sweep()
    app.cues = CuePlayer(board.sounders, board.lights, board.led)
    app.link = LinkServer(sys.stdin.buffer, sys.stdout.buffer, context)
    app.wakeup = Wakeup()  # of the controller's task, which wakes the screen's
    app.screen_wakeup = Wakeup()
    app.fault_counts = {}  # how often which fault has occurred

    context.journal.mount()
    module_unloader.sweep()
    write_boot_record(context)
    restore_clock(context)
    app.controller = Controller(
        context.journal, context.clock, context.settings, context.state, app.cues, app.keep_countdown
    )
    restore_counts(context.journal, app.controller.bookmarks)
    app.load_schedule()
    restore_countdown(context, app.controller)
    report_board_problems(context, app.controller)
    app.screen = ScreenTask(context, app.controller, Backlight(board), app.screen_wakeup, _NO_HOST_MS)
    context.on_clock_set = app.use_clock
    app.controller.make_room = app.make_room
    context.on_upload = app.receive_upload
    context.on_schedule_changed = app.load_schedule
    context.on_settings_changed = app.apply_settings
    context.on_leave = app.leave
    context.on_control = app.control
    free_start_code(app)


def load_settings():
    """Return (settings, problems): the stored settings that are valid, and the defaults for the rest."""
    from firmware.core import settings

    try:
        stored = read_json(SETTINGS_PATH)
    except ValueError:
        return settings.defaults(), [SETTINGS_PATH + " is damaged: defaults in use"]
    return settings.merge(stored if stored is not None else {})


def write_boot_record(context):
    """Record why the device started, what runs on it, and what failed before."""
    board = context.board
    writer = context.journal.begin(b"boot", context.uptime_ms())
    writer.text_field(b"reset", board.chip_at_start().reset_cause())
    writer.text_field(b"fw", VERSION)
    writer.text_field(b"board", board.name)
    writer.text_field(b"mp", ".".join([str(part) for part in sys.implementation.version[:3]]).encode())
    context.journal.save()
    error = crash_counter.take_error()
    if error:
        context.write_fault_record(b"start", error.encode())


def restore_clock(context):
    """Set the wall clock from the chip's, where that has run through a reset."""
    utc_ms = context.board.chip_at_start().utc_ms()
    if utc_ms:
        context.write_clock(utc_ms, _RTC_ERROR_MS, b"rtc")


def report_board_problems(context, controller):
    """Report on the screen, to the laptop and in the journal what does not work on this board."""
    for problem in reversed(context.board.problems):
        context.state.fault = problem.encode()
        context.state.fault_count += 1
        controller.show(state.FAULT)
        context.write_fault_record(b"board", context.state.fault)


def restore_counts(journal, bookmarks):
    """Continue the numbers that the bookmarks of each talk had before the reset."""
    from firmware.control.bookmark_counts import recount

    recount(journal, bookmarks.count)


def restore_countdown(context, controller):
    """Continue a countdown that ran when the device was reset."""
    from firmware.control import countdown_restore

    if countdown_restore.restore(context, controller):
        controller.show(state.COUNTDOWN)
    else:
        context.board.chip().memory(b"")  # else a clock that is set later could make it look recent


def free_start_code(app):
    """Free the methods that only a start needs, as the Linux kernel frees its init section: 2.5 KB.

    A deleted attribute would keep its value in the class's table, so it is replaced. The launcher resets the chip
    instead of starting the app twice.
    """
    from firmware.control.bookmarks import Bookmarks
    from firmware.control.record_writer import RecordWriter
    from firmware.control.talks import Talks
    from firmware.core.buttons import Button
    from firmware.core.clock import Clock
    from firmware.core.marking import Marking
    from firmware.journal.journal import Journal
    from firmware.journal.sector_ring import Ring
    from firmware.link.session import Session
    from firmware.ui.canvas import Canvas

    board = app.context.board
    buttons = board.buttons
    kinds = [
        Context, state.State, Clock, Journal, Ring, Controller, RecordWriter, Bookmarks, Marking, Talks,
        Display, Canvas, ScreenTask, Backlight, CuePlayer, LinkServer, Session, Wakeup,
        type(board), type(board.panel), type(buttons), type(buttons.contacts[0]), Button,
    ]  # fmt: skip
    while kinds:
        kind = kinds.pop()
        if kind is not object:
            kinds.extend(kind.__bases__)
            for name in _START_ONLY:
                if name in kind.__dict__:
                    setattr(kind, name, None)
