"""A link plays what somebody did, and shows the same picture as the virtual device of the command line."""

import hashlib

from PIL import Image, ImageChops

from clapmark.sim import Simulation, parse_script
from tests.screens.screenshots import reference
from tests.support.web.browser import fragment_of, script_of


def test_a_copied_link_gives_the_same_picture_here_and_on_the_unix_port(device, browser, open_page, tmp_path):
    device.press("A")
    device.wait_for_help("change the tag of #1")
    device.press("B")
    device.wait_for_records("retag", 1)
    device.press("A", ms=900)
    device.wait_for_records("span", 1)
    device.page.locator("#reset").click()
    device.wait_for_records("boot", 2)
    device.press("B", ms=900)
    device.wait_for_help("next entry; hold: choose")
    link = device.copy_link()
    live = device.picture_hash()
    board, script = script_of(link)
    assert board == "tdisplay"
    end = script.splitlines()[-1].split()[0]
    script = script.replace(f"{end} end", f"{end} screenshot end.png\n{end} end")
    assert Simulation(tmp_path / "unix", board, parse_script(script)).run() == 0
    with Image.open(tmp_path / "unix" / "end.png") as picture:
        expected = hashlib.sha256(picture.convert("RGBA").tobytes()).hexdigest()
    with browser.new_context() as other:
        page = open_page("#" + link.partition("#")[2], in_context=other)
        page.wait_for_arrival()
        assert page.picture_hash() == expected
        assert page.records("bookmark") == device.records("bookmark")
    assert live == expected


def test_a_screen_of_the_documentation_opens_at_its_moment(open_page):
    page = open_page("#board=tdisplay&try=note-saved")
    page.wait_for_arrival()
    with Image.open(reference("tdisplay", "note-saved")) as picture:
        expected = picture.convert("RGB")
    found = Image.frombytes("RGBA", expected.size, page.picture()).convert("RGB")
    difference = ImageChops.difference(found, expected).convert("L").point(lambda value: 255 if value > 8 else 0)
    assert difference.histogram()[255] < expected.width * expected.height // 1000
    page.page.locator("#own").click()
    page.wait_until_ready()
    assert page.records("bookmark") == [], "the replay did not touch this browser's device"


def test_a_link_that_was_cut_says_so_and_opens_the_own_device(open_page, device):
    device.press("A")
    device.wait_for_records("bookmark", 1)
    link = device.copy_link()
    device.page.close()
    page = open_page("#" + link.partition("#")[2][:-7])
    page.wait_for_notice("damaged")
    page.wait_until_ready()
    assert page.records("bookmark") == ["bookmark tag=note"]


def test_a_script_that_cannot_be_played_says_why(open_page):
    for script, reason in (
        ("1 press X\n", "no button X"),
        ("1 press A\n2 dance\n", "Line 2: `dance` is not an action"),
        ("5 press A\n1 press A\n", "Line 2: 1 is earlier"),
    ):
        open_page(fragment_of("tdisplay", script)).wait_for_notice(reason)
    open_page("#board=tdisplay&try=nothing-such").wait_for_notice("does not have: nothing-such")
    open_page(fragment_of("toaster", "1 press A\n")).wait_for_notice("There is no board toaster")
