"""The stage: how far two screens disagree, how soon a press is seen, and that no command is lost or done twice.

Two Chromium contexts, one of them with a clock that is an hour off, behind 0 to 300 ms of delay and 1 % loss.
"""

import asyncio
import json
import os
import random
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.link.client import LinkClient
from clapmark.stage.commands import Command, CommandLog
from clapmark.stage.laptop_countdown import LaptopCountdown
from tests.bench.support.slow_line import SlowLine
from tests.support.desk import Laptop
from tests.support.stage.cable import Cable
from tests.support.stage.room import PressedDevice, StageProcess, find_chromium, open_browser, prepare, soon

PULLED_S = float(os.environ.get("CLAPMARK_BENCH_PULLED_S", "600"))
SAMPLES = 40
PRESSES = 12
PRESS_MS = 80  # B acts when it is released: the time counts from that edge
COMMANDS = 10_000
VIEWERS = 200
HOUR_MS = 3_600_000
LEFT = "() => { const c = clapmark.state.countdown; return c.left_ms - (clapmark.now() - c.at_ms) }"
# what is left, and the moment of this computer at which that was so; Date.now is an hour off in one of the pages
MOMENT = f"() => [({LEFT})(), performance.timeOrigin + performance.now()]"
WRONG_CLOCK = f"Date.now = (now => () => now() + {HOUR_MS})(Date.now)"
WATCH = """() => {
  globalThis.seen = [];
  new MutationObserver(() => seen.push([document.body.dataset.look, performance.timeOrigin + performance.now()]))
    .observe(document.body, { attributes: true, attributeFilter: ["data-look"] });
}"""


def measure(console: Console) -> dict[str, float]:
    """Measure and print; return the figures."""
    figures: dict[str, float] = {**commands(), **viewers()}
    if find_chromium() is None:
        console.print("Chromium is not installed, so the screens were not measured: apt-get install chromium")
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures |= screens(Path(folder))
    table = Table(title="The stage", title_justify="left")
    table.add_column("what")
    table.add_column("measured", justify="right")
    for name, value in sorted(figures.items()):
        table.add_row(name, f"{value:,.1f}")
    console.print(table)
    return figures


def screens(folder: Path) -> dict[str, float]:
    """Measure what two screens show, in Chromium."""
    laptop = Laptop(folder / "archive")
    laptop.type("init", str(laptop.archive))
    prepare(laptop, folder, soon())
    with PressedDevice(folder) as device, Cable(device.port, folder / "cable") as cable:
        laptop.type_here("schedule", "push", "--port", str(cable.laptop))
        stage = StageProcess(folder, "--port", str(cable.laptop), "--archive", str(laptop.archive))
        lines = [SlowLine(stage.port, 300, 0.01, seed) for seed in (1, 2)]
        try:
            stage.wait(lambda state: state["device"]["is_connected"])
            with open_browser() as browser:
                pages = []
                for number, line in enumerate(lines):
                    context = browser.new_context()
                    if number:
                        context.add_init_script(WRONG_CLOCK)
                    page = context.new_page()
                    page.goto(f"http://127.0.0.1:{line.port}/", timeout=120_000)
                    page.wait_for_function(
                        "() => globalThis.clapmark?.state && clapmark.offset.isKnown", timeout=120_000
                    )
                    page.evaluate(WATCH)
                    pages.append(page)
                direct = browser.new_page()
                direct.goto(stage.url)
                direct.wait_for_function("() => globalThis.clapmark?.state && clapmark.offset.isKnown")
                direct.evaluate(WATCH)
                found = presses(device, stage, direct)
                stage.command(do="start")
                stage.wait(lambda state: state["countdown"]["state"] == "running")
                pages[0].wait_for_timeout(20_000)  # ten heartbeats
                found |= disagreement(pages)
                found |= after_pull(cable, stage, pages[0])
            found["stage.pieces_lost"] = sum(line.lost for line in lines)
        finally:
            for line in lines:
                line.close()
            stage.stop()
    return found


def disagreement(pages: list) -> dict[str, float]:
    """Return how far apart two screens are at the same moment, and how wide they say that they may be off."""
    apart = []
    for _ in range(SAMPLES):
        (first, first_at), (second, second_at) = (page.evaluate(MOMENT) for page in pages)
        apart.append(abs(first + first_at - second - second_at))  # both as of the same moment of this computer
        pages[0].wait_for_timeout(700)
    said = [page.evaluate("() => clapmark.offset.error") for page in pages]
    return {
        "stage.disagreement_p95_ms": _p95(apart),
        "stage.disagreement_median_ms": statistics.median(apart),
        "stage.said_error_ms": max(said),
    }


def presses(device: PressedDevice, stage: StageProcess, page) -> dict[str, float]:
    """Return the time from the edge that acts (B acts on release) to the changed page."""
    late = []
    stage.command(do="preset", number=0)
    stage.wait(lambda state: state["countdown"]["state"] == "ready" and state["device"]["leads"])
    time.sleep(1)
    for _ in range(PRESSES):
        count = page.evaluate("() => seen.length")
        device.do(f"press B {PRESS_MS}ms")
        page.wait_for_function(f"() => seen.length > {count}", timeout=20_000)
        late.append(page.evaluate(f"() => seen[{count}][1]") - device.edges[-1] - PRESS_MS)
        time.sleep(0.7)
    return {"stage.press_to_page_p95_ms": _p95(late), "stage.press_to_page_median_ms": statistics.median(late)}


def after_pull(cable: Cable, stage: StageProcess, page) -> dict[str, float]:
    """Return how far a screen is off after ten minutes without a cable: the device is asked at the cable's end."""
    stage.command(do="add", minutes=10)
    stage.wait(lambda state: state["countdown"]["total_ms"] >= 900_000)
    time.sleep(3)
    cable.pull()
    stage.wait(lambda state: not state["device"]["is_connected"])
    time.sleep(PULLED_S)
    trips = []
    with cable.tap() as line:
        client = LinkClient(line)
        for _ in range(8):
            sent_ms = time.time() * 1000
            seen = client.watch(0, 0)
            received_ms = time.time() * 1000
            trips.append((received_ms - sent_ms, seen.left_ms, (sent_ms + received_ms) / 2))
    _, left_ms, at_ms = min(trips)
    shown_ms, shown_at_ms = page.evaluate(MOMENT)
    error_ms = abs(shown_ms - (left_ms - (shown_at_ms - at_ms)))
    cable.plug()
    stage.wait(lambda state: state["device"]["is_connected"])
    time.sleep(2)
    later_ms, later_at_ms = page.evaluate(MOMENT)
    jump_ms = abs((shown_ms - later_ms) - (later_at_ms - shown_at_ms))
    return {"stage.after_pull_error_ms": error_ms, "stage.pulled_s": PULLED_S, "stage.back_jump_ms": jump_ms}


def commands() -> dict[str, float]:
    """Send 10,000 commands to the laptop's countdown, repeated and reordered; count what was lost or done twice."""
    countdown = LaptopCountdown()
    countdown.load(5)
    chance = random.Random(14)
    minutes = {f"c{number}": chance.choice((1, -1, 2, -2)) for number in range(COMMANDS)}
    requests = [*minutes, *chance.choices(list(minutes), k=COMMANDS // 2)]
    for place in range(0, len(requests), 25):
        part = requests[place : place + 25]
        chance.shuffle(part)
        requests[place : place + 25] = part
    before = countdown.countdown.total_ms
    refused = set()

    async def perform(command: Command) -> str:
        await asyncio.sleep(0)
        countdown.countdown.adjust(command.minutes * 60_000)
        return "Done."

    async def run() -> int:
        log = CommandLog(perform)
        results = await asyncio.gather(*(log.do(Command(ident, "add", minutes=minutes[ident])) for ident in requests))
        refused.update(ident for ident, result in zip(requests, results, strict=True) if result.status != 200)
        return log.done

    done = asyncio.run(run())
    expected = sum(minutes[ident] for ident in minutes if ident not in refused) * 60_000
    wrong = abs(countdown.countdown.total_ms - before - expected) / 60_000
    return {
        "stage.commands": done,
        "stage.lost_commands": COMMANDS - done,
        "stage.doubled_commands": max(0, done - COMMANDS) + wrong,
    }


def viewers() -> dict[str, float]:
    """Open 200 pages' streams at a stage in a process of its own; return how many got each heartbeat for 20 s."""
    with tempfile.TemporaryDirectory() as folder:
        stage = StageProcess(Path(folder), "--no-device")
        streams = []
        try:
            for _ in range(VIEWERS):
                stream = socket.create_connection(("127.0.0.1", stage.port), timeout=20)
                stream.sendall(b"GET /api/1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                streams.append(stream)
            beats = [0] * VIEWERS
            cpu = _cpu_s(stage.process.pid)
            end = time.monotonic() + 20
            lock = threading.Lock()

            def read(number: int) -> None:
                while time.monotonic() < end:
                    streams[number].settimeout(max(0.1, end - time.monotonic()))
                    try:
                        data = streams[number].recv(65_536)
                    except TimeoutError:
                        return
                    with lock:
                        beats[number] += data.count(b"event: beat")

            threads = [threading.Thread(target=read, args=(number,)) for number in range(VIEWERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            used = _cpu_s(stage.process.pid) - cpu
        finally:
            for stream in streams:
                stream.close()
            stage.stop()
    return {"stage.viewers": sum(count >= 8 for count in beats), "stage.viewers_cpu_percent": used / 20 * 100}


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


if __name__ == "__main__":
    print(json.dumps(measure(Console()), indent=1))
