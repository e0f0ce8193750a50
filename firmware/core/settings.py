"""The device's settings: names, defaults and what each may be. Both sides check with these functions."""

from .portable import const

VERSION = const(1)
MAX_PRESETS = const(12)
MAX_TAGS = const(8)

_NAME_LETTERS = const(16)
_NAME_BYTES = const(48)  # in UTF-8
_TAG_LETTERS = const(16)
_TAG_BYTES = const(24)  # as a record has it: a % takes three, and a bookmark has room for no more
_ROOM_BYTES = const(23)  # in Latin-1
_MOST_PROBLEMS = const(4)
_MOST_SAID = const(40)  # letters of a name that is quoted

_SWITCH = "true or false"
_PRESET = (
    "one to 12 of [name (1 to 16 letters, at most 48 bytes), minutes (1 to 600), one-finger seconds, two-finger "
    "seconds], the cues within the time"
)

# what each may be; two numbers and a unit: any whole number from the first to the second
_RULES = {
    "version": (VERSION, VERSION, "the only one that this firmware knows"),
    "tags": "one to eight different words of 1 to 16 letters, digits or signs (at most 24 places, a % takes three)",
    "room": "a text of at most 23 Latin-1 characters, as the device's schedule has it",
    "presets": _PRESET,
    "overtime": _SWITCH,
    "count_up": _SWITCH,
    "ticks": _SWITCH,
    "end_alert": _SWITCH,
    "silent": _SWITCH,
    "brightness": (5, 100, "in percent"),
    "dim_after_s": (0, 3600, "seconds; 0: never"),
    "low_battery": (0, 90, "in percent"),
    "light_sleep": _SWITCH,
}


class SettingsError(ValueError):
    """A value that a setting cannot have; the message says what it may be."""


def defaults():
    """Return the settings of a new device."""
    return {
        "version": VERSION,
        "tags": ["note", "quote", "idea", "question", "todo", "link"],
        "room": "",
        # name, planned minutes, one finger and two fingers at so many seconds left
        "presets": [["lightning", 5, 60, 20], ["3 min", 3, 60, 20]]
        + [["%d min" % minutes, minutes, 300, 60] for minutes in (10, 20, 25, 30)],
        "overtime": True,  # count on beyond the end
        "count_up": False,  # show the time that has passed, not the time that is left
        "ticks": False,  # heard in the last ten seconds
        "end_alert": False,  # the end is signalled until somebody presses the countdown's button
        "silent": False,
        "brightness": 80,  # percent
        "dim_after_s": 60,  # 0: never
        "low_battery": 15,  # percent at which the device warns
        "light_sleep": False,  # while the screen is dark; then a laptop is heard only after a press
    }


def check(name, value):
    """Return `value` as it is stored under the setting `name`. Raises SettingsError with a sentence if it cannot be."""
    rule = _RULES.get(name)
    if rule is None:
        raise SettingsError(_quoted(name) + ": there is no such setting")
    if isinstance(rule, tuple):
        least, most, unit = rule
        if not _is_number(value, least, most):
            raise SettingsError("%s: %d to %d (%s)" % (name, least, most, unit))
    elif not _is_sound(name, value):
        raise SettingsError("%s: %s" % (name, rule))
    return value


def merge(stored):
    """Return (settings, problems): the defaults with what is sound in `stored`, and a sentence for each of the rest."""
    settings = defaults()
    problems = []
    if not isinstance(stored, dict):
        return settings, ["the settings are no list of names and values"]
    for name in sorted(stored):
        try:
            settings[name] = check(name, stored[name])
        except SettingsError as error:
            problems.append(str(error))
    rest = len(problems) - _MOST_PROBLEMS
    if rest > 0:
        problems[_MOST_PROBLEMS:] = ["settings: %d more problems" % rest]
    return settings, problems


def _is_sound(name, value):
    if name == "room":
        return _is_text(value, 0, _ROOM_BYTES) and all(ord(letter) < 256 for letter in value)
    if name == "tags":
        return _is_list(value, 1, MAX_TAGS) and all(_is_word(tag) and value.count(tag) == 1 for tag in value)
    if name == "presets":
        return _is_list(value, 1, MAX_PRESETS) and all(_is_preset(preset) for preset in value)
    return isinstance(value, bool)


def _is_preset(preset):
    if not _is_list(preset, 4, 4):
        return False
    name, minutes, one_finger_s, two_finger_s = preset
    return (
        _is_text(name, 1, _NAME_LETTERS)
        and len(name.encode()) <= _NAME_BYTES
        and _is_number(minutes, 1, 600)
        and _is_number(one_finger_s, 0, minutes * 60)
        and _is_number(two_finger_s, 0, one_finger_s)
    )


def _is_list(value, least, most):
    return isinstance(value, list) and least <= len(value) <= most


def _is_number(value, least, most):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_text(value, least, most):
    """Return whether `value` is a text of so many printable characters."""
    return (
        isinstance(value, str) and least <= len(value) <= most and all(_is_printable(ord(letter)) for letter in value)
    )


def _is_printable(code):
    # no control characters, and no halves of a pair, which UTF-8 cannot carry
    return 0x20 <= code < 0x7F or 0xA0 <= code < 0xD800 or code > 0xDFFF


def _is_word(value):
    return (
        _is_text(value, 1, _TAG_LETTERS)
        and all(0x21 <= ord(letter) <= 0x7E for letter in value)
        and len(value) + 2 * value.count("%") <= _TAG_BYTES
    )


def _quoted(name):
    return name if len(name) <= _MOST_SAID else name[:_MOST_SAID] + "..."
