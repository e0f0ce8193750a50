"""Each pin of an ESP32 is used only for what it can do, once, and every refusal has its reason."""

from firmware.core.board_pins import PinPlan, keys_of

FLASH = (6, 7, 8, 9, 10, 11)  # docs/hardware-facts.md, pins
SERIAL = (1, 3)
MISSING = (20, 24, 28, 29, 30, 31)
INPUTS = (34, 35, 36, 37, 38, 39)
MEASURING = (32, 33) + INPUTS
PLAIN = [pin for pin in range(40) if pin not in FLASH + SERIAL + MISSING]


def plan(**changes):
    description = {"board": "oled", "buttons": [25, 26]}
    description.update(changes)
    return PinPlan(description)


def reason(made, what, number):
    """Return why that pin was refused, or "" if it was not."""
    start = "board.json: %s on pin %s: " % (what, number)
    found = [problem[len(start) :] for problem in made.problems if problem.startswith(start)]
    return found[0] if found else ""


def test_each_pin_of_the_chip_is_an_output_or_refused_with_the_reason():
    for pin in range(-1, 45):
        if pin in (21, 22, 25, 26):
            continue  # used by the panel and the buttons of this board
        made = plan(buzzer=pin)
        if pin in FLASH:
            expected = "the flash is there"
        elif pin in SERIAL:
            expected = "the serial line is there"
        elif pin in MISSING or not 0 <= pin < 40:
            expected = "there is no such pin"
        else:
            expected = "it can only be an input" if pin in INPUTS else ""
        assert reason(made, "buzzer", pin) == expected, pin
        assert made.outputs[0] == (None if expected else pin), pin


def test_the_battery_needs_a_pin_that_measures():
    for pin in PLAIN:
        if pin not in (21, 22, 25, 26):
            made = plan(battery=pin)
            assert (made.battery == pin) == (pin in MEASURING), pin
            assert reason(made, "battery", pin) == ("" if pin in MEASURING else "only 32 to 39 can measure"), pin
    assert plan().battery is None and plan().problems == []


def test_a_button_without_a_resistor_needs_a_pin_with_a_pull_up():
    for pin in (33, 34, 39):
        made = plan(buttons=[25, pin])
        assert bool(reason(made, "button B", pin)) == (pin >= 34), pin
        with_resistor = plan(buttons=[25, {"pin": pin, "pull": False}])
        assert with_resistor.problems == [] and with_resistor.buttons == [(25, True), (pin, False)], pin
    assert keys_of({"buttons": [25, {"pin": 35, "pull": False}, {"pin": 27}]}) == [(25, True), (35, False), (27, True)]
    assert keys_of({"buttons": "25"}) == keys_of({}) == []


def test_two_or_three_buttons_work_and_otherwise_the_boot_key_marks():
    assert plan(buttons=[25, 26, 27]).buttons == [(25, True), (26, True), (27, True)]
    for buttons in ([], [25], [25, 26, 27, 32], "25", None):
        made = plan(buttons=buttons)
        assert made.buttons == [(0, True)] and len(made.problems) == 1, buttons
    made = plan(buttons=[6, 26])
    assert made.buttons == [(0, True), (26, True)] and "the BOOT key marks instead" in made.problems[-1]
    assert plan(buttons=[25, 6]).buttons == [(25, True)]


def test_a_pin_is_used_once_and_the_first_use_is_named():
    made = plan(buzzer=25, led=13, vibration=13)
    assert reason(made, "buzzer", 25) == "button A is there already"
    assert reason(made, "vibration", 13) == "led is there already"
    assert made.outputs == [None, 13, None]


def test_the_panel_keeps_its_usual_pins_where_others_cannot_work():
    assert plan().lines == [21, 22]
    assert plan(sda=4, scl=15).lines == [4, 15]
    made = plan(sda=34, scl="x")
    assert made.lines == [21, 22] and len(made.problems) == 2
    for address, used in ((60, 60), (61, 61), (62, 60), ("60", 60)):
        made = plan(address=address)
        assert made.address == used and bool(made.problems) == (address not in (60, 61)), address


def test_a_divider_is_a_number_from_1_to_100():
    for divider in (1, 2, 2.5, 100):
        assert plan(divider=divider).divider == divider and plan(divider=divider).problems == []
    for divider in (0, 0.9, 101, -1, "2", True, None):
        assert plan(divider=divider).divider == 2 and len(plan(divider=divider).problems) == 1, divider


def test_an_unknown_key_is_named():
    assert plan(buzer=4).problems == ['board.json: nothing here is called "buzer"']


def test_what_a_board_does_not_say_has_its_usual_value():
    made = plan()
    assert (made.lines, made.address, made.divider) == ([21, 22], 0x3C, 2)
    assert made.outputs == [None, None, None] and made.battery is None and made.problems == []
    assert plan(sda=0, scl=33).lines == [0, 33], "the first and the last pin that can drive a line"
    for wrong in (-1, 34, 40):
        assert plan(sda=wrong).lines == [21, 22] and len(plan(sda=wrong).problems) == 1
