"""Take the pictures of docs/stage.md: the real stage with the laptop's countdown, in Chromium."""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.support.desk import Laptop
from tests.support.stage.room import StageProcess, find_chromium, open_browser, prepare, soon

TARGET = Path(__file__).parents[2] / "docs" / "stage"
SCREEN = {"width": 960, "height": 540}
PHONE = {"width": 360, "height": 760}
READY = "() => globalThis.clapmark?.state && clapmark.offset.isKnown"


def main() -> None:
    """Take them all."""
    if find_chromium() is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        laptop = Laptop(Path(folder) / "archive")
        laptop.type("init", str(laptop.archive))
        prepare(laptop, Path(folder), soon() + timedelta(minutes=4), "{}. What {} found out")
        stage = StageProcess(Path(folder), "--no-device", "--archive", str(laptop.archive))
        try:
            with open_browser() as browser:
                take(stage, browser)
        finally:
            stage.stop()


def take(stage: StageProcess, browser) -> None:
    """Go through a session, and take a picture of each page at its moment."""

    def page(path: str, size: dict[str, int]):
        opened = browser.new_context(viewport=size, reduced_motion="reduce").new_page()
        opened.goto(stage.url + path)
        opened.wait_for_function(READY)
        return opened

    screen, speaker = page("/", SCREEN), page("/speaker", SCREEN)

    def shot(opened, name: str, look: str = "", **options: object) -> None:
        if look:
            opened.wait_for_function(f"() => document.body.dataset.look === '{look}'", timeout=60_000)
        opened.wait_for_timeout(200)
        opened.screenshot(path=TARGET / f"{name}.png", **options)

    shot(screen, "before")
    stage.command(do="start")
    shot(screen, "running", "running")
    stage.command(do="add", minutes=-4)
    stage.command(do="message", text="Please repeat the questions", to="both")
    shot(screen, "one-finger", "one-finger")
    stage.command(do="message", text="")
    shot(speaker, "speaker", "one-finger")
    shot(screen, "two-fingers", "two-finger")
    remote = page(f"/remote#{stage.token}", PHONE)
    shot(screen, "applause", "applause")
    shot(screen, "overtime", "overtime")
    shot(remote, "remote")
    stage.command(do="next")
    stage.command(do="skip")
    stage.command(do="start")
    screen.wait_for_timeout(1500)
    stage.command(do="stop")
    shot(screen, "between", "ended")
    stage.command(do="next")
    stage.command(do="start")
    rundown = page("/rundown", {"width": 960, "height": 620})
    shot(rundown, "rundown")


if __name__ == "__main__":
    main()
