"""The device page in Chromium: when its first press is saved, what it weighs, what it costs, what differs."""

import tempfile
import time
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from clapmark.web.site_files import site_files
from tests.bench.support.read_page import LINE_S, read_1000_s
from tests.support.web import both
from tests.support.web.browser import DevicePage, chromium, gzipped_kb, page_requests, serving
from tests.support.web.scripts import SHORT

IDLE_S = 60
PRESSES = 40
LIMIT_KB = 330
LIMIT_IDLE_PERCENT = 2
LIMIT_PIXEL_MS = 50
LIMIT_FIRST_PRESS_S = 10

# presses A by an event as the keyboard makes it, and waits until the panel's pixels have changed and been presented
_PRESS = """() => new Promise((resolve) => {
  const root = document.documentElement;
  const began = performance.now();
  const observer = new MutationObserver(() => {
    observer.disconnect();
    requestAnimationFrame(() => {
      document.dispatchEvent(new KeyboardEvent("keyup", { key: "a", code: "KeyA" }));
      resolve(performance.now() - began);
    });
  });
  observer.observe(root, { attributeFilter: ["data-pictures"] });
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "a", code: "KeyA" }));
})"""


def measure(console: Console) -> dict[str, float]:
    """Print the figures and return them."""
    figures: dict[str, float] = {}
    path = chromium()
    if path:
        files = site_files(console.print)
        with serving(files) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            figures |= _first_press(browser, address, files)
            figures |= _pixels_and_idle(browser, address)
            figures["web.read_1000_s"] = read_1000_s(browser)
            browser.close()
    else:
        console.print("No Chromium on this machine: its figures are left out.")
    reason = both.why_not()
    if reason:
        console.print(f"web.traces_equal is left out: {reason}")
    else:
        figures["web.traces_equal"] = _equal_traces(console)
    table = Table("figure", "value", "at most", title=f"The device page ({len(SHORT)} scripts on both devices)")
    limits = {
        "web.first_press_s": LIMIT_FIRST_PRESS_S,
        "web.page_kb": LIMIT_KB,
        "web.idle_cpu_percent": LIMIT_IDLE_PERCENT,
        "web.press_to_pixel_p95_ms": LIMIT_PIXEL_MS,
        "web.read_1000_s": f"the line alone: {LINE_S}",
    }
    for name, value in figures.items():
        table.add_row(name, f"{value:g}", str(limits.get(name, "")))
    console.print(table)
    return figures


def _first_press(browser: Browser, address: str, files: dict[str, bytes]) -> dict[str, float]:
    """Open the page with an empty cache; press as soon as the device has started, until the press is saved."""
    with browser.new_context() as context:
        asked = page_requests(context)
        began = time.monotonic()
        page = DevicePage(context, address)
        page.wait_until_ready()
        page.page.keyboard.press("a", delay=60)
        page.wait_for_help("change the tag of #1")
        seconds = time.monotonic() - began
    return {"web.first_press_s": round(seconds, 2), "web.page_kb": round(gzipped_kb(files, asked), 1)}


def _pixels_and_idle(browser: Browser, address: str) -> dict[str, float]:
    session = browser.new_browser_cdp_session()

    def cpu_s() -> float:
        return sum(each["cpuTime"] for each in session.send("SystemInfo.getProcessInfo")["processInfo"])

    with browser.new_context() as context:
        page = DevicePage(context, address)
        page.wait_until_ready()
        times = []
        for _ in range(PRESSES):
            times.append(page.page.evaluate(_PRESS))
            page.page.wait_for_timeout(250)
        page.page.wait_for_timeout(6000)
        began, used = time.monotonic(), cpu_s()
        time.sleep(IDLE_S)
        percent = 100 * (cpu_s() - used) / (time.monotonic() - began)
    return {
        "web.idle_cpu_percent": round(percent, 2),
        "web.press_to_pixel_p95_ms": round(quantiles(times, n=20)[-1], 1),
    }


def _equal_traces(console: Console) -> int:
    """Play each script on both devices; return how many left the same bytes."""
    equal = 0
    for name, job in SHORT.items():
        with tempfile.TemporaryDirectory() as folder:
            if both.on_unix(job, Path(folder) / "device") == both.in_wasm(job):
                equal += 1
            else:
                console.print(f"{name}: the two devices differ")
    return equal
