"""The device's settings: names, defaults and what each may be. Both sides check with these functions."""

from .portable import const

VERSION = const(1)
MAX_PRESETS = const(12)
MAX_TAGS = const(8)

_RANGES = {
    "brightness": (5, 100, "percent"),
    "dim_after_s": (0, 3600, "seconds; 0: never"),
    "low_battery": (0, 90, "percent"),
}


class SettingsError(ValueError):
    """A setting that cannot be; the message says what it may be."""


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
        "end_alert": False,  # the end is told until somebody presses the countdown's button
        "silent": False,
        "brightness": 80,  # percent
        "dim_after_s": 60,  # 0: never
        "low_battery": 15,  # percent at which the device warns
    }


def check(name, value):
    """Return `value` as it is stored under the setting `name`. Raises SettingsError with a sentence if it cannot be."""
    if name == "tags":
        _need(isinstance(value, list) and 1 <= len(value) <= MAX_TAGS, "tags: a list of one to eight words")
        for tag in value:
            _need(_is_word(tag, 16), "tags: words of 1 to 16 letters, digits or signs, without spaces")
            _need(value.count(tag) == 1, "tags: each word once")
    elif name == "presets":
        _need(isinstance(value, list) and 1 <= len(value) <= MAX_PRESETS, "presets: a list of one to twelve")
        for preset in value:
            _check_preset(preset)
    elif name == "room":
        _need(
            isinstance(value, str) and len(value) <= 23 and all(ord(letter) < 256 for letter in value),
            "room: a text of at most 23 Latin-1 characters, as the device's schedule has it",
        )
    elif name in ("overtime", "count_up", "ticks", "end_alert", "silent"):
        _need(isinstance(value, bool), name + ": true or false")
    elif name in _RANGES:
        least, most, unit = _RANGES[name]
        _need(_is_integer(value) and least <= value <= most, "%s: %d to %d (%s)" % (name, least, most, unit))
    elif name == "version":
        _need(value == VERSION, "version: %d is the only one that this firmware knows" % VERSION)
    else:
        raise SettingsError(name + ": there is no such setting")
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
    return settings, problems


def _check_preset(preset):
    _need(
        isinstance(preset, list) and len(preset) == 4 and isinstance(preset[0], str),
        "presets: each is [name, minutes, one-finger seconds, two-finger seconds]",
    )
    name, minutes, one_finger_s, two_finger_s = preset
    _need(1 <= len(name) <= 16, "presets: names of 1 to 16 characters")
    _need(_is_integer(minutes) and 1 <= minutes <= 600, "presets: 1 to 600 minutes")
    _need(
        _is_integer(one_finger_s) and _is_integer(two_finger_s) and 0 <= two_finger_s <= one_finger_s <= minutes * 60,
        "presets: one finger comes before two fingers, both within the time",
    )


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_word(value, most):
    return isinstance(value, str) and 1 <= len(value) <= most and all(0x21 <= ord(letter) <= 0x7E for letter in value)


def _need(condition, sentence):
    if not condition:
        raise SettingsError(sentence)
