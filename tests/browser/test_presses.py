"""What a person does with the device in a page: the real firmware saves it, by whatever they press."""

import pytest

from tests.screens.screenshots import SESSIONS
from tests.support.web.browser import WAIT_S, fragment_of


@pytest.mark.parametrize("how", ["mouse", "touch", "keyboard"])
def test_a_press_is_saved_and_survives_a_reload(device, how):
    device.press("A", how=how)
    device.wait_for_help("change the tag of #1")
    assert device.wait_for_records("bookmark", 1) == ["bookmark tag=note"]
    device.page.reload()
    device.wait_until_ready()
    assert device.records("bookmark") == ["bookmark tag=note"]
    assert len(device.records("boot")) == 2


def test_the_space_bar_marks_unless_it_works_a_control(device):
    device.page.keyboard.press("Space", delay=90)
    device.wait_for_records("bookmark", 1)
    device.page.locator("#sound").focus()
    device.page.keyboard.press("Space", delay=90)
    assert not device.page.locator("#sound").is_checked()
    device.page.locator(".key[data-key=B]").focus()
    device.page.keyboard.press("Enter", delay=90)
    device.page.wait_for_timeout(300)
    assert len(device.records("bookmark")) == 1


def test_holding_makes_a_passage_and_b_changes_the_tag_or_takes_back(device):
    device.press("A", ms=1600)
    (span,) = device.wait_for_records("span", 1)
    assert 1300 < int(span.rpartition("len=")[2]) < 6000
    device.press("A")
    device.wait_for_help("change the tag of #2")
    device.press("B")
    assert "of=" in device.wait_for_records("retag", 1)[0]
    device.press("A")
    device.wait_for_help("take back #3")
    device.press("B", ms=1000)
    device.wait_for_records("undo", 1)


def test_a_countdown_goes_through_all_stages_at_speed(open_page):
    page = open_page("#board=m5stickc-plus2&try=countdown-ready")
    page.wait_for_arrival()
    page.wait_for_help("start the countdown")
    page.press("B")
    page.wait_for_help("pause")
    page.page.locator("#speed").select_option("60")
    page.wait_for_records("countdown do=overtime", 1, seconds=4 * WAIT_S)
    stages = [record.partition("stage=")[2] for record in page.records("countdown do=stage")]
    assert stages == ["one-finger", "two-finger", "applause"]


def test_a_cue_is_heard_through_the_buzzer(open_page):
    head, *steps = SESSIONS[0].script.splitlines()
    lines = [head, *(step for step in steps if float(step.split()[0]) < 301)]
    page = open_page(fragment_of("m5stickc-plus2", "\n".join([*lines, "301 end"])))
    page.wait_for_arrival()
    page.page.locator("html[data-buzzes]").wait_for(state="attached")  # one finger: a minute is left


@pytest.mark.parametrize("board", ["tdisplay", "m5stickc-plus2", "oled"])
def test_every_board_works_and_has_its_own_device(open_page, board):
    page = open_page()
    page.page.locator(f"input[value={board}]").check()
    page.wait_until_ready()
    page.press("A")
    page.wait_for_records("bookmark", 1)
    assert page.records("boot")[0].split()[3] == f"board={board}"
    assert page.page.locator(".key:visible").count() == (2 if board == "tdisplay" else 3)


def test_power_off_in_the_middle_of_a_press_loses_nothing(device):
    device.page.keyboard.down("a")
    device.wait_for_help("change the tag of #1")
    device.page.locator("#power").click()
    device.page.keyboard.up("a")
    device.page.wait_for_timeout(300)
    before = device.picture()
    assert not any(before[place] for place in range(len(before)) if place % 4 != 3), "without power the panel is dark"
    device.page.locator("#power").click()
    device.wait_until_ready()
    assert device.records("bookmark") == ["bookmark tag=note"]
    assert len(device.records("boot")) == 2


def test_a_tab_that_is_closed_in_the_middle_of_a_press_loses_nothing(device, open_page):
    device.page.keyboard.down("a")
    device.wait_for_help("change the tag of #1")  # shown as saved
    device.page.close()
    again = open_page()
    again.wait_until_ready()
    assert again.records("bookmark") == ["bookmark tag=note"]
    assert "damaged" not in again.journal()


def test_reset_new_device_and_battery(open_page):
    page = open_page()
    page.page.locator("input[value=oled]").check()
    page.wait_until_ready()
    page.press("A")
    page.wait_for_records("bookmark", 1)
    page.page.locator("#reset").click()
    assert page.wait_for_records("boot", 2)[1].startswith("boot reset=hard")
    page.page.locator("#battery").fill("3300")
    assert page.page.locator("#volts").inner_text() == "3.30 V"
    page.page.locator("#renew").click()
    page.wait_until_ready()
    assert page.records("bookmark") == []
    assert len(page.records("boot")) == 1


def test_a_new_device_keeps_nothing_of_a_press_that_is_not_saved_yet(device):
    device.page.keyboard.down("a")
    device.page.locator("#renew").click()
    device.page.keyboard.up("a")
    device.wait_until_ready()
    assert device.records("bookmark") == []
    device.page.reload()
    device.wait_until_ready()
    assert device.records("bookmark") == []
    assert len(device.records("boot")) == 2


def test_a_pulled_cable_is_silent(device):
    device.page.locator("#serial-box summary").click()
    device.page.locator("#set-clock").click()
    device.wait_for_records("clock", 1)
    device.page.locator("#cable").uncheck()
    device.page.locator("#set-clock").click()
    device.page.wait_for_timeout(500)
    assert len(device.records("clock")) == 1
    device.page.locator("#cable").check()
    device.page.locator("#set-clock").click()
    device.wait_for_records("clock", 2)
    assert "!0 time seq=" in device.page.locator("#serial").inner_text(timeout=WAIT_S * 1000)


def test_the_keys_press_the_device_after_a_log_was_opened_and_space_works_the_log(device):
    device.page.locator("#serial-box summary").click()
    device.press("A")
    device.wait_for_records("bookmark", 1)
    device.page.locator("#serial-box summary").focus()
    device.page.keyboard.press(" ")
    assert device.page.locator("#serial-box").get_attribute("open") is None
    assert len(device.records("bookmark")) == 1
