"""The whole site from `python -m http.server`: documentation, live device, reader, and nothing from elsewhere."""

import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.vectors.test_vectors import vectors
from tools.site.build import build_site


@pytest.fixture(scope="module")
def static(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    for name, data in files.items():
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    build_site(folder / "site" / "docs", folder / "work")
    command = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder / "site"),
        "0",
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = server.stdout.readline().split("port ")[1].split()[0]
    yield f"http://127.0.0.1:{port}/"
    server.kill()
    server.wait()
    server.stdout.close()


@pytest.fixture
def page(browser):
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.asked, page.complaints = [], []
        context.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page


def elsewhere(page, address: str) -> list[str]:
    own = urlsplit(address).netloc
    return [url for url in page.asked if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc != own]


def test_the_start_page_of_the_documentation_has_a_device_that_marks(page, static):
    page.goto(f"{static}docs/")
    frame = page.frame_locator("iframe.device")
    frame.locator("#help dt").first.wait_for()
    frame.locator("#device").click(position={"x": 5, "y": 5})
    page.keyboard.press("a", delay=60)
    frame.locator("#help:has-text('change the tag of #1')").wait_for()
    assert elsewhere(page, static) == [] and page.complaints == []


def test_the_documentation_is_searched_in_dark_mode_without_another_server(page, static):
    page.goto(f"{static}docs/tour/")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    page.click("input[name=query]")
    page.keyboard.type("applause", delay=30)
    page.wait_for_selector(".md-search-result__item:has-text('chair')", state="attached")
    for name in ("guide-note-taker", "guide-session-chair", "guide-maker", "reference-commands", "link", "screens"):
        page.goto(f"{static}docs/{name}/")
        assert page.locator("article h1").count() == 1
    assert elsewhere(page, static) == [] and page.complaints == []


def test_a_picture_of_the_documentation_leads_to_the_device_at_that_moment(page, static):
    page.goto(f"{static}docs/screens/")
    page.get_by_text("Click a picture to try it").wait_for()
    assert page.locator("article a[href*='127.0.0.1'], article a[href*='localhost']").count() == 0
    page.locator("article a[href*='board=oled'][href*='try=note-saved']").first.click()
    page.locator("html[data-device=arrived]").wait_for(state="attached")
    assert page.url.startswith(f"{static}index.html#board=oled")
    assert elsewhere(page, static) == [] and page.complaints == []


def test_the_reader_works_from_any_file_host(page, static):
    page.goto(f"{static}reader/")
    log = vectors("bookmarks.json")[0]["log"].encode("latin-1")
    page.set_input_files(
        "#open-log", {"name": "clapmark-a1b2c3d4e5f6-9ACE8F55.log", "mimeType": "text/plain", "buffer": log}
    )
    page.wait_for_selector("#talks tbody tr")
    page.goto(f"{static}docs/reader/")  # a service worker runs now, and leaves the documentation to the server
    assert "The reader page" in page.inner_text("article h1")
    assert elsewhere(page, static) == [] and page.complaints == []


def test_the_site_can_be_installed(page, static):
    page.goto(f"{static}reader/")
    session = page.context.new_cdp_session(page)
    end = time.monotonic() + 30
    while (errors := session.send("Page.getInstallabilityErrors")["installabilityErrors"]) and time.monotonic() < end:
        page.wait_for_timeout(500)
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == [] and manifest["url"].endswith("clapmark.webmanifest")
    with urllib.request.urlopen(f"{static}icon-192.png") as icon:
        assert icon.read(8) == b"\x89PNG\r\n\x1a\n"
