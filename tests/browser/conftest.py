"""A Chromium for all tests of this folder, and a page with a device for each."""

import subprocess
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from clapmark.base.errors import ClapmarkError
from clapmark.web.site_files import site_files
from clapmark.web.wasm import npm_command
from tests.support.web.both import ROOT
from tests.support.web.browser import DevicePage, chromium, serving

AXE = "4.10.3"
# these two are in `make test`; all others take minutes, and `make test-browser` runs them
_QUICK = (
    "test_a_press_is_saved_and_survives_a_reload",
    "test_the_page_shows_and_saves_what_the_device_has_and_commits_nothing",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == Path(__file__).parent and not item.name.startswith(_QUICK):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def files():
    """Return the files of the site."""
    try:
        return site_files(lambda _: None)
    except ClapmarkError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def address(files):
    with serving(files) as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    if not path:
        pytest.skip("no Chromium on this machine: the pages are not tested in a browser (apt-get install chromium)")
    with sync_playwright() as playwright:
        # root, as in a container, has no sandbox
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def context(browser):
    with browser.new_context(has_touch=True, permissions=["clipboard-write"]) as found:
        yield found


@pytest.fixture
def open_page(context, address):
    """Return a function that opens a page; at the end of the test, none of them may have reported an error."""
    pages = []

    def open_page(fragment: str = "", *, at: str = address, in_context=context) -> DevicePage:
        pages.append(DevicePage(in_context, at, fragment))
        return pages[-1]

    yield open_page
    assert [error for page in pages for error in page.errors] == []


@pytest.fixture
def device(open_page) -> DevicePage:
    """Return a page with a new device that has started."""
    page = open_page()
    page.wait_until_ready()
    return page


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's source; npm fetches it once."""
    folder = ROOT / "build" / f"axe-{AXE}"
    source = folder / "package" / "axe.min.js"
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run([*npm_command(), "pack", "--silent", f"axe-core@{AXE}"], cwd=folder, check=True, timeout=300)
        except (ClapmarkError, OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"axe-core cannot be fetched: {error}")
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extract("package/axe.min.js", folder, filter="data")
    return source.read_text(encoding="utf-8")
