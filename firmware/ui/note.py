"""The note screen: the talk that bookmarks go to, how long it runs, how many there are, and the next tag."""

from micropython import const

from firmware.core.state import FLASH_NONE, UNKNOWN
from firmware.ui import digits, flash, text
from firmware.ui.canvas import ACCENT, BACKGROUND, BLUE, DIM, INK, RED, TEXT
from firmware.ui.text import line

# heads' top, title's top, height of the foot, size of the count, its top in the foot, its label's, height of the tag
_LAYOUTS = (bytes((3, 25, 36, 24, 7, 14, 24)), bytes((0, 12, 17, 12, 3, 5, 13)))
_WARN_PERCENT = const(90)


def draw(canvas, state):
    """Draw what has changed."""
    if state.flash != FLASH_NONE:
        flash.draw(canvas, state)
        return
    head_top, title_top, foot_px, count_px, count_top, label_top, tag_px = _LAYOUTS[canvas.size]
    margin = canvas.margin
    talk = state.talk
    elapsed_min = state.elapsed_min(talk)
    warning = state.journal_percent if state.journal_percent >= _WARN_PERCENT else 0
    if not warning and state.battery_is_low:
        warning = -1 - state.battery_percent
    foot = canvas.height - foot_px
    accent = RED if warning else BLUE
    if canvas.start(accent, accent):
        canvas.frame.hline(margin, foot, canvas.width - 2 * margin, DIM)
    if talk is None:
        elapsed_min = state.elapsed_min(state.next_talk)
    if canvas.is_new(1, talk) | canvas.is_new(2, elapsed_min) | canvas.is_new(3, warning):
        canvas.box(0, 0, canvas.width, title_top)
        _draw_head(canvas, head_top, talk, elapsed_min, warning)
    if canvas.is_new(4, talk) | canvas.is_new(7, state.next_talk if talk is None else None):
        canvas.box(0, title_top, canvas.width, foot - title_top)
        _draw_title(canvas, title_top, talk, state.next_talk)
    if canvas.is_new(5, state.bookmark_count):
        canvas.box(0, foot + 1, canvas.width // 2, foot_px - 1)
        colour = TEXT if state.bookmark_count else DIM
        line.start(b"")
        line.number(state.bookmark_count)
        x = digits.draw(canvas, margin - 1, foot + count_top, line.data, count_px, colour, BACKGROUND)
        text.draw(canvas, x + 5, foot + label_top, b"mark" if state.bookmark_count == 1 else b"marks", DIM)
    if canvas.is_new(6, state.tag):
        _draw_tag(canvas, foot + (foot_px - tag_px) // 2 + 1, tag_px, state.tag)


def _draw_head(canvas, y, talk, elapsed_min, warning):
    margin = canvas.margin
    line.start(b"")
    if elapsed_min != UNKNOWN:
        if talk is None or elapsed_min < 0:
            line.put(b"in ")
        line.number(abs(elapsed_min))
        if talk is not None and elapsed_min >= 0 < talk.length_min:
            line.put(b" of ")
            line.number(talk.length_min)
        line.put(b" min")
    x = text.right(canvas, canvas.width - margin, y, line.data, DIM)
    if warning > 0:
        line.percent(b"Journal full: ", warning)
    elif warning:
        line.percent(b"Battery: ", -1 - warning)
    if warning:
        text.draw(canvas, margin, y, line.data, ACCENT)
    elif talk is not None:
        text.cut(canvas, margin, y, talk.room, x - margin, DIM)


def _draw_title(canvas, top, talk, next_talk):
    first = top
    if talk is None and next_talk is not None:
        top = text.wrap(canvas, top, b"Next:", 1, DIM)
        talk = next_talk
    if talk is None:
        text.wrap(canvas, text.wrap(canvas, top, b"No talk", 1, TEXT), b"Bookmarks are saved all the same.", 2, DIM)
        return
    y = text.wrap(canvas, top, talk.title or talk.id, 3 if top == first else 2, TEXT)
    if y < first + 3 * text.height_px:
        text.cut(canvas, canvas.margin, y, talk.speaker, canvas.width - canvas.margin, DIM)


def _draw_tag(canvas, y, tag_px, tag):
    space = 8 if tag_px > 16 else 4
    width = canvas.width // 2
    canvas.box(width, y, width, tag_px)
    width = text.width(tag) + 2 * space
    x = canvas.width - canvas.margin - width
    # corners of one pixel less
    canvas.frame.fill_rect(x, y + 1, width, tag_px - 2, ACCENT)
    canvas.frame.fill_rect(x + 1, y, width - 2, tag_px, ACCENT)
    text.draw(canvas, x + space, y + (tag_px - text.height_px) // 2, tag, INK)
