"""What a laptop may ask of the countdown, one function for each command of the verb `control` (docs/link.md).

In memory only while a command is done. A function returns why it refuses, b"" if it is done.
"""

from firmware.core import countdown as core
from firmware.core.portable import const
from firmware.core.schedule import ScheduleError
from firmware.core.schedule_search import find
from firmware.core.state import COUNTDOWN

_MINUTE_MS = const(60_000)
_DAY_MIN = const(1440)
_OVER = b"the countdown is over"
_NOT_RUNNING = b"no countdown is running"
_RUNNING = b"a countdown is running"
_NO_TALK = b"the device's schedule has no such talk"


def do(controller, command, number, talk_id, ms):
    """Do `command` at the uptime `ms`; return why it was refused (bytes), b"" if it was done.

    Args:
        controller: The Controller.
        command: One of the names in `COMMANDS`, bytes.
        number: Of the command: minutes, the minute of the wall clock, the preset, 0 or 1.
        talk_id: The talk to go to, b"" for the one that follows.
        ms: Uptime.

    """
    controller.last_press_ms = ms
    try:
        runner = controller.load_runner()
        if controller.home != COUNTDOWN and command != b"silent":
            controller.show(COUNTDOWN)
        return COMMANDS[command](controller, runner, number, talk_id, ms)
    except ScheduleError as error:
        controller.talks.lose(error)
        return b"the device's schedule is damaged"


def _start(controller, runner, _number, _talk_id, ms):
    running = controller.state.countdown.state
    if running == core.RUNNING:
        return _RUNNING
    if running == core.ENDED:
        return _OVER
    runner.go_on(ms)
    return b""


def _pause(controller, runner, _number, _talk_id, ms):
    countdown = controller.state.countdown
    if countdown.state != core.RUNNING:
        return _OVER if countdown.state == core.ENDED else _NOT_RUNNING
    if countdown.stage(ms) >= core.STAGE_APPLAUSE:
        return b"the time is up"  # there the button stops it
    runner.go_on(ms)
    return b""


def _add(controller, runner, minutes, _talk_id, ms):
    countdown = controller.state.countdown
    if countdown.state == core.ENDED:
        return _OVER
    if countdown.total_ms + minutes * _MINUTE_MS < _MINUTE_MS:
        return b"less than a minute would be left of the plan"
    runner.add_minutes(minutes, ms)
    return b""


def _stop(controller, runner, _number, _talk_id, ms):
    if not controller.is_running():
        return _OVER if controller.state.countdown.state == core.ENDED else _NOT_RUNNING
    runner.stop(ms)
    return b""


def _end(controller, runner, utc_min, _talk_id, ms):
    state = controller.state
    now_min = state.utc_min
    if not now_min:
        return b"the device's clock is not set"
    if state.countdown.state == core.ENDED:
        return _OVER
    if not now_min < utc_min <= now_min + _DAY_MIN:
        return b"that time is not within the next 24 hours"
    runner.end_at(utc_min, ms)
    return b""


def _preset(controller, runner, index, _talk_id, _ms):
    if controller.is_running():
        return _RUNNING
    if index >= len(controller.settings["presets"]):
        return b"the device has no such preset"
    runner.load(index)
    return b""


def _silent(controller, _runner, is_on, _talk_id, _ms):
    controller.change_setting("silent", bool(is_on))
    return b""


def _talk(controller, _runner, _number, talk_id, ms):
    return _RUNNING if controller.is_running() else _go_to(controller, talk_id, ms)


def _next(controller, _runner, _number, talk_id, ms):
    return _go_to(controller, talk_id, ms)


def _back(controller, _runner, _number, talk_id, ms):
    return _go_to(controller, talk_id, ms, is_back=True)


def _skip(controller, _runner, _number, talk_id, ms):
    if controller.is_running():
        return _RUNNING
    return _go_to(controller, talk_id, ms, is_skip=True)


def _go_to(controller, talk_id, ms, is_back=False, is_skip=False):
    """End the run, and select the talk `talk_id`, or the one before or after this one in its room."""
    talks = controller.talks
    schedule = talks.schedule
    index = -1
    if talk_id or is_back:
        if schedule is None:
            return _NO_TALK
        talk = controller.state.talk
        index = find(schedule, talk_id) if talk_id else _before(schedule, talk)
        if index < 0:
            return _NO_TALK
    runner = controller.runner
    if is_skip:
        _record_skip(controller, ms)
    runner.stop(ms)
    runner.reset()
    if index >= 0:
        talks.pick(index, ms, b"next")
    else:
        talks.next(ms)
    return b""


def _record_skip(controller, ms):
    """Record that the speaker who was on the screen did not speak."""
    state = controller.state
    if state.talk is not None and state.countdown.state == core.READY:
        controller.runner.begin(b"skip", ms).text_field(b"talk", state.talk.id)
        controller.records.save(ms)


def _before(schedule, talk):
    """Return the index of the talk before `talk` in its room, or -1."""
    index = find(schedule, talk.id) if talk is not None else -1
    if index < 0:
        return -1
    room = talk.room
    while index > 0:
        index -= 1
        schedule.load(index)
        if schedule.text(4) == room:
            return index
    return -1


COMMANDS = {
    b"start": _start,
    b"pause": _pause,
    b"add": _add,
    b"stop": _stop,
    b"end": _end,
    b"preset": _preset,
    b"silent": _silent,
    b"talk": _talk,
    b"next": _next,
    b"back": _back,
    b"skip": _skip,
}
