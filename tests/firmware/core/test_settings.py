"""Settings that cannot be are refused with a sentence, and never stop the device."""

from firmware.core.settings import SettingsError, check, defaults, merge


def refused(name, value):
    try:
        check(name, value)
    except SettingsError as error:
        assert name in str(error)
        return True
    return False


def test_the_defaults_are_sound():
    for name, value in defaults().items():
        assert check(name, value) == value
    assert merge(defaults()) == (defaults(), [])


def test_what_cannot_be_is_refused():
    for name, value in (
        ("tags", []),
        ("tags", ["a"] * 2),
        ("tags", ["two words"]),
        ("tags", [str(n) for n in range(9)]),
        ("tags", "note"),
        ("presets", [["x", 0, 0, 0]]),
        ("presets", [["x", 5, 20, 60]]),
        ("presets", [["x", 1, 61, 20]]),
        ("presets", [["x", True, 1, 1]]),
        ("room", "a room with a name that is too long"),
        ("room", "\u0141"),
        ("silent", 1),
        ("brightness", 0),
        ("brightness", 101),
        ("version", 2),
        ("colour", "red"),
    ):
        assert refused(name, value), (name, value)


def test_what_is_sound_survives_what_is_not():
    settings, problems = merge({"silent": True, "brightness": "bright", "nonsense": 1})
    assert settings["silent"] is True and settings["brightness"] == defaults()["brightness"]
    assert len(problems) == 2
    assert merge(["no", "dictionary"])[0] == defaults()
