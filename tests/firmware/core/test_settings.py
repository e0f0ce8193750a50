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
    for name in ("🎉" * 13, "🎉" * 12 + "a", "ä" * 17, "a\x00b", "a\nb", "\x1b[31m", "a\x9bb", "\ud800"):
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


def test_a_new_device_is_set_as_the_manual_says():
    assert defaults() == {
        "version": 1,
        "tags": ["note", "quote", "idea", "question", "todo", "link"],
        "room": "",
        "presets": [
            ["lightning", 5, 60, 20],
            ["3 min", 3, 60, 20],
            ["10 min", 10, 300, 60],
            ["20 min", 20, 300, 60],
            ["25 min", 25, 300, 60],
            ["30 min", 30, 300, 60],
        ],
        "overtime": True,
        "count_up": False,
        "ticks": False,
        "end_alert": False,
        "silent": False,
        "brightness": 80,
        "dim_after_s": 60,
        "low_battery": 15,
        "light_sleep": False,
    }


def test_a_number_is_one_from_the_first_to_the_last_that_the_manual_names():
    limits = (("version", 1, 1), ("brightness", 5, 100), ("dim_after_s", 0, 3600), ("low_battery", 0, 90))
    for name, least, most in limits:
        assert check(name, least) == least and check(name, most) == most
        for value in (least - 1, most + 1, True, "5", None, 5.0, [5]):
            assert refused(name, value), (name, value)


def test_a_switch_is_true_or_false_and_nothing_that_is_like_it():
    for name in ("overtime", "count_up", "ticks", "end_alert", "silent", "light_sleep"):
        assert check(name, True) is True and check(name, False) is False
        for value in (0, 1, "true", None, []):
            assert refused(name, value), (name, value)


def test_there_are_one_to_eight_tags_each_once():
    tags = [str(number) for number in range(8)]
    assert check("tags", tags) == tags and check("tags", ["a"]) == ["a"]
    for value in ([], tags + ["8"], ["a", "b", "a"], ("a",), "a", None, [1]):
        assert refused("tags", value), value
    assert check("tags", ["!", "~", "%" * 8])
    for tag in ("", " ", "a b", "\x7f", "x" * 17, "%" * 8 + "x"):
        assert refused("tags", [tag]), tag


def test_there_are_one_to_twelve_presets_with_their_cues_within_the_time():
    preset = ["talk", 5, 60, 20]
    assert check("presets", [preset] * 12) and check("presets", [preset])
    for value in ([], [preset] * 13, (preset,), preset, [preset[:3]], [preset + [1]], [tuple(preset)]):
        assert refused("presets", value), value
    for minutes, one_finger_s, two_finger_s in ((1, 60, 60), (1, 0, 0), (600, 36_000, 36_000), (2, 61, 0)):
        assert check("presets", [["x", minutes, one_finger_s, two_finger_s]])
    for minutes, one_finger_s, two_finger_s in (
        (0, 0, 0),
        (601, 60, 20),
        (1, 61, 20),
        (1, -1, 0),
        (1, 20, 21),
        (1, 20, -1),
        (5, 60, True),
        (5.0, 60, 20),
    ):
        assert refused("presets", [["x", minutes, one_finger_s, two_finger_s]]), (minutes, one_finger_s)
    for name in ("", "x" * 17, 5, None):
        assert refused("presets", [[name, 5, 60, 20]]), name
    assert check("presets", [["x" * 16, 5, 60, 20]])


def test_a_room_is_a_text_of_latin_1_or_none():
    for room in ("", "x" * 23, "\xff" * 23):
        assert check("room", room) == room
    for room in ("x" * 24, "\u0100", None, 5, [], b"x"):
        assert refused("room", room), room


def test_a_text_has_no_control_characters_and_no_halves_of_a_pair():
    for code in (0x20, 0x7E, 0xA0, 0xD7FF, 0xE000, 0x1F399):
        assert check("presets", [["a" + chr(code), 5, 60, 20]]), hex(code)
    for code in (0x00, 0x1F, 0x7F, 0x80, 0x9F, 0xD800, 0xDBFF, 0xDFFF):
        assert refused("presets", [["a" + chr(code), 5, 60, 20]]), hex(code)


def test_a_name_that_is_no_setting_is_quoted_up_to_40_letters():
    for name, quoted in (("x" * 40, "x" * 40), ("x" * 41, "x" * 40 + "...")):
        assert merge({name: 1})[1] == [quoted + ": there is no such setting"]
