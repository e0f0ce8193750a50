"""Whatever the browser refuses or a file holds, the page says what to do, and loses nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.web.browser import WAIT_S, DevicePage, serving

NO_STORAGE = b"""
Object.defineProperty(self, "indexedDB", {value: {open() { throw new DOMException("denied", "SecurityError"); }}});
"""
FULL_STORAGE = b"""
IDBObjectStore.prototype.put = function () { throw new DOMException("the disk is full", "QuotaExceededError"); };
"""


def schedule(titles: list[str]) -> bytes:
    """Return a frab schedule of these titles, one every five minutes from 2026-05-15 on."""
    begin = datetime(2026, 5, 15, tzinfo=UTC)
    events = [
        {
            "code": f"T{number}",
            "title": title,
            "date": (begin + timedelta(minutes=5 * number)).isoformat(),
            "duration": "00:05",
            "persons": [{"public_name": title}],
        }
        for number, title in enumerate(titles)
    ]
    days = [{"rooms": {"<b>A</b>": events}}]
    return json.dumps({"schedule": {"conference": {"acronym": "x", "days": days}}}).encode()


def put(page, data: bytes, name: str = "schedule.json") -> None:
    page.page.locator("#schedule").set_input_files({"name": name, "mimeType": "application/json", "buffer": data})


@pytest.mark.parametrize("code", [NO_STORAGE, FULL_STORAGE], ids=["denied", "full"])
def test_without_storage_the_device_works_and_says_that_it_is_forgotten(open_page, files, code):
    changed = files | {"device/store.js": code + files["device/store.js"]}
    with serving(changed) as address:
        page = open_page(at=address)
        page.wait_until_ready()
        page.wait_for_notice("forgotten when you close this page")
        page.press("A")
        page.wait_for_records("bookmark", 1)


def test_a_refused_webassembly_is_a_sentence(context, files):
    with serving(files | {"micropython/micropython.wasm": b"no wasm"}) as address:
        DevicePage(context, address).wait_for_notice("WebAssembly")


def test_refused_modules_are_a_sentence(context, files):
    without = {name: data for name, data in files.items() if name != "page/main.js"}
    with serving(without) as address:
        DevicePage(context, address).wait_for_notice("This browser could not start the page")


def test_a_second_tab_says_that_the_device_is_open_and_has_one_of_its_own(device, open_page):
    device.press("A")
    device.wait_for_records("bookmark", 1)
    second = open_page()
    second.wait_for_notice("open in another tab")
    second.wait_until_ready()
    assert second.records("bookmark") == []
    second.press("A")
    second.wait_for_records("bookmark", 1)
    assert len(device.records("bookmark")) == 1


def test_hostile_titles_are_text(device):
    titles = [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "\x1b[31m\u202e{{x}}",
        "\U0001f4a3" * 40,
        "&lt;b&gt;",
        "",
    ]
    put(device, schedule(titles))
    device.wait_for_notice("6 talks go over the cable")
    device.wait_for_records("clock", 1)
    device.press("B", ms=1000)
    device.wait_for_help("choose Talk ...")
    device.press("B", ms=1000)
    # newest first; the menu shows five talks at once, the rest are below "Earlier ..."
    shown = ["T5", "&lt;b&gt;", "?" * 40, "[31m?{{x}}", "<script>alert(1)</script>", "Earlier ..."]
    for title in shown:
        device.wait_for_help(f"hold: choose {title}")
        if title != shown[-1]:
            device.press("B")
    device.press("B", ms=1000)
    device.wait_for_help("hold: choose <img src=x onerror=alert(1)>")
    assert device.page.locator("#help img, #help script, #help b").count() == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01", "is no schedule that this page reads"),
        (b"{}", "has no talks that this page finds"),
        (b"clapmark-schedule 1 0 0 0 x", "is damaged"),
        (b"[" * 100_000, "is no schedule that this page reads"),
    ],
)
def test_a_file_that_is_no_schedule_says_what_to_take(device, data, reason):
    put(device, data)
    device.wait_for_notice(reason)


@pytest.mark.long
def test_a_schedule_of_5000_talks_is_put_on_the_device(device):
    put(device, schedule([f"Talk {number}" for number in range(5001)]))
    device.wait_for_notice("the device takes 5000")
    device.page.locator("#speed").select_option("60")
    put(device, schedule([f"Talk {number}" for number in range(5000)]))
    device.page.locator("#serial-box summary").click()
    last = device.page.locator("#serial", has_text="schedule offset=900180")
    device.press("A", how="mouse")
    device.wait_for_records("bookmark", 1)
    assert last.count() == 0, "a press is saved while the schedule is on its way"
    last.wait_for(timeout=12 * WAIT_S * 1000)
    device.press("A", how="mouse")
    device.wait_for_records("bookmark", 2)
