"""The clock: local time, minutes to the next talk, battery, and what the laptop has not fetched yet."""

from micropython import const

from firmware.ui import text, time_digits
from firmware.ui.canvas import ACCENT, BACKGROUND, DIM, RED, TEXT
from firmware.ui.text import line

# text's top, digits' top, their height, foot's top; battery: top, width, height
_LAYOUTS = (bytes((3, 27, 62, 93, 8, 24, 12)), bytes((0, 11, 29, 42, 2, 14, 7)))
_WARN_PERCENT = const(90)
_DAY_MIN = const(1440)


def draw(canvas, state):
    """Draw what has changed."""
    minute = state.utc_min
    layout = _LAYOUTS[canvas.size]
    canvas.start(minute > 0, RED)
    if (
        canvas.is_new(1, state.unsynced)
        | canvas.is_new(2, state.battery_percent)
        | canvas.is_new(3, state.journal_percent)
        | canvas.is_new(6, state.battery_is_low)
    ):
        canvas.box(0, 0, canvas.width, layout[1] - 2)
        _draw_head(canvas, layout, state)
    talk = state.next_talk
    wait_min = -state.elapsed_min(talk)
    if canvas.is_new(4, talk) | canvas.is_new(5, wait_min):
        canvas.box(0, layout[3], canvas.width, canvas.height - layout[3])
        _draw_foot(canvas, talk, wait_min, minute > 0)
    shown = (minute + state.utc_offset_s // 60) % _DAY_MIN if minute else state.now_ms // 60_000
    time_digits.draw(canvas, layout[1], layout[2], shown, TEXT if minute else DIM, BACKGROUND)


def _draw_head(canvas, layout, state):
    text_top, _, _, _, y, width, height = layout
    margin = canvas.margin
    colour = DIM
    if state.journal_percent >= _WARN_PERCENT:
        line.percent(b"Journal full: ", state.journal_percent)
        colour = ACCENT
    elif state.unsynced:
        line.start(b"")
        line.number(state.unsynced)
        line.put(b" to sync")
    else:
        line.start(b"all synced")
    text.draw(canvas, margin, text_top, line.data, colour)
    percent = min(state.battery_percent, 100)
    if percent >= 0:
        colour = ACCENT if state.battery_is_low else DIM
        x = canvas.width - margin - width - 2
        canvas.frame.rect(x, y, width, height, colour)
        canvas.frame.fill_rect(x + width, y + height // 4, 2, height - height // 4 * 2, colour)
        canvas.frame.fill_rect(x + 2, y + 2, (width - 4) * percent // 100, height - 4, colour)
        line.percent(b"", percent)
        text.right(canvas, x - 4, text_top, line.data, colour)


def _draw_foot(canvas, talk, wait_min, is_set):
    margin = canvas.margin
    end_x = canvas.width - margin
    y = canvas.height - text.height_px
    above = y - text.height_px
    if not is_set:
        text.draw(canvas, margin, above, b"Clock not set", ACCENT)
        text.draw(canvas, margin, y, b"Time since power-up", DIM)
        return
    if talk is None:
        text.draw(canvas, margin, y, b"No more talks today", DIM)
        return
    line.start(b"now")
    if wait_min > 0:
        line.start(b"in ")
        if wait_min >= 60:
            line.number(wait_min // 60)
            line.put(b" h ")
        line.number(wait_min % 60)
        line.put(b" min")
    x = text.draw(canvas, margin, above, line.data, TEXT)
    text.cut(canvas, x + 8, above, talk.room, end_x, DIM)
    text.cut(canvas, margin, y, talk.title, end_x, TEXT)
