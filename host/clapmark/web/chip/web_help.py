"""What a press would do now, for the page's line of help: read from the firmware's controller, which is not changed."""

from micropython import const
from sim_world import ticks_ms

# of firmware.core.state and firmware.core.countdown; the compiled app has no names for its constants
NOTE = const(0)
COUNTDOWN = const(1)
MENU = const(3)
READY = const(0)
PAUSED = const(2)
ENDED = const(3)

_controller = None


def watch():
    """Notice the controller that the app makes. Call it before main.py."""
    from firmware.control import controller

    class Controller(controller.Controller):
        def __init__(self, *arguments):
            global _controller
            super().__init__(*arguments)
            _controller = self

    controller.Controller = Controller


def text():
    """Return a line for each button: its letter, what a press does, and what holding it does, with tabs between."""
    if _controller is None:
        return "A\tsave a bookmark\t"
    lines = [("A", "save a bookmark", "a passage, until you release it")]
    short, held = _action()
    lines.append(("B", short, held))
    lines.append(("C", _next(), ""))
    return "\n".join(["\t".join(line) for line in lines])


def _action():
    state = _controller.state
    marking = _controller.bookmarks.marking
    if state.is_dark:
        return "light the screen", ""
    if state.screen == MENU:
        label = state.menu_items[state.menu_index].decode() if state.menu_items else ""
        return "next entry", "choose " + label
    if state.screen == COUNTDOWN:
        countdown = state.countdown
        if state.alert:
            return "dismiss the alert", "menu"
        if countdown.state == READY:
            return "start the countdown", "menu"
        if countdown.state == ENDED:
            return "next speaker", "menu"
        if countdown.state == PAUSED:
            return "resume", "menu"
        return ("stop" if countdown.remaining_ms(ticks_ms()) <= 0 else "pause"), "menu"
    if state.screen == NOTE:
        if marking.in_window(state.now_ms):
            return "change the tag of #%d" % marking.last_number, "take back #%d" % marking.last_number
        return "choose the next tag", "menu"
    return "back", "menu"


def _next():
    if _controller.state.is_dark:
        return "light the screen"
    if _controller.state.screen == MENU:
        return "back"
    return "next speaker" if _controller.home == COUNTDOWN else "next talk"
