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


def test_names_are_measured_in_the_bytes_that_they_take():
    for name in ("Blitzvorträge", "ä" * 16, "ライトニングトーク", "漢" * 16, "🎉" * 12):
        assert check("presets", [[name, 5, 60, 20]])[0][0] == name
    for name in ("🎉" * 13, "ä" * 17, "a\x00b", "a\nb", "\x1b[31m", "a\x9bb", "\ud800"):
        assert refused("presets", [[name, 5, 60, 20]]), repr(name)
    assert check("tags", ["%" * 8, "100%"])
    assert check("tags", ["x" * 16])
    for tag in ("%" * 9, "%" * 16, "ä", "a\x7f"):
        assert refused("tags", [tag]), tag
    assert check("room", "é" * 23)
    for room in ("é" * 24, "Saal\n1", "\x1b[2J", "a\x85"):
        assert refused("room", room), repr(room)


def test_problems_are_short_and_few_for_any_file():
    for stored in ({"x" * 5000: 1}, {"漢字" * 999: 1}, {"name %d" % number: number for number in range(500)}):
        problems = merge(stored)[1]
        assert 1 <= len(problems) <= 5
        assert max(len(problem) for problem in problems) < 200


def test_what_is_sound_survives_what_is_not():
    settings, problems = merge({"silent": True, "brightness": "bright", "nonsense": 1})
    assert settings["silent"] is True and settings["brightness"] == defaults()["brightness"]
    assert len(problems) == 2
    assert merge(["no", "dictionary"])[0] == defaults()


def test_the_problems_that_are_left_out_are_counted():
    for count in range(1, 9):
        problems = merge({"name%d" % number: number for number in range(count)})[1]
        named = [problem for problem in problems if "more problems" not in problem]
        rest = count - len(named)
        assert problems[len(named) :] == (["settings: %d more problems" % rest] if rest else []), count
        assert len(named) == min(count, 4)
