"""How the page looks and how people who do not see it use it; its budget is in docs/performance.md."""

import json

import pytest

from tests.support.web.both import ROOT
from tests.support.web.browser import DevicePage, gzipped_kb, page_requests


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation(browser, address, axe, scheme, width):
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        page = DevicePage(context, address)
        page.wait_until_ready()
        page.page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
        page.page.evaluate(axe)
        found = page.page.evaluate("axe.run().then((result) => JSON.stringify(result.violations))")
        assert [(each["id"], each["nodes"][0]["html"]) for each in json.loads(found)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_the_reader(browser, address, axe, scheme):
    with browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}reader/")
        log = (ROOT / "tests" / "vectors" / "bookmarks.json").read_text(encoding="ascii")
        file = {"name": "x.log", "mimeType": "text/plain", "buffer": json.loads(log)[-1]["log"].encode("latin-1")}
        page.set_input_files("#open-log", file)
        page.wait_for_selector("#talks tbody tr")
        page.evaluate("for (const part of document.querySelectorAll('#change, #forget-box')) part.hidden = false")
        page.evaluate(axe)
        found = page.evaluate("axe.run().then((result) => JSON.stringify(result.violations))")
        assert [(each["id"], each["nodes"][0]["html"]) for each in json.loads(found)] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("board", ["tdisplay", "m5stickc-plus2", "oled"])
@pytest.mark.parametrize(("width", "ratio"), [(320, 2), (320, 3), (1280, 1), (1280, 1.5), (1920, 1)])
def test_the_screen_is_crisp_and_nothing_is_wider_than_the_window(browser, address, board, width, ratio):
    with browser.new_context(viewport={"width": width, "height": 900}, device_scale_factor=ratio) as context:
        page = DevicePage(context, address)
        page.page.locator(f"input[value={board}]").check()
        page.wait_until_ready()
        shown = page.page.evaluate("document.getElementById('panel').getBoundingClientRect().width")
        dots = shown * ratio / page.page.evaluate("document.getElementById('panel').width")
        assert dots >= 1
        assert abs(dots - round(dots)) < 0.01, dots
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        for key in page.page.locator(".key:visible").all():
            box = key.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= width - box["width"]


def test_the_page_asks_nobody_but_its_own_origin(context, address):
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = DevicePage(context, address)
    page.wait_until_ready()
    page.press("A")
    page.wait_for_records("bookmark", 1)
    assert asked
    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []
    assert page.errors == []


def test_a_first_visit_loads_at_most_330_kb(context, address, files):
    asked = page_requests(context)
    page = DevicePage(context, address)
    page.wait_until_ready()
    page.press("A")
    page.wait_for_help("change the tag of #1")
    assert {"micropython/micropython.wasm", "device/firmware.bundle"} <= asked
    assert gzipped_kb(files, asked) <= 330
