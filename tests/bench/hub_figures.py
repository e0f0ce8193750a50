"""The hub on SQLite and PostgreSQL: a million marks, pushes and pages by the second, kills and cuts."""

import contextlib
import queue
import random
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from clapmark.crowd.mark import SharedMark
from clapmark.crowd.moments import moments
from clapmark.crowd.wire import Push, to_bytes
from clapmark.hub.store import marks, organiser
from clapmark.hub.store.database import Database, open_database
from clapmark.hub.store.limits import Limits
from clapmark.hub.store.reading import read_conference, read_votes
from clapmark.schedule import to_json
from tests.support.hub import fault_runs
from tests.support.hub.audience import TALK_S, conference
from tests.support.hub.hub_process import HubProcess
from tests.support.hub.postgres import WHY_NOT, Postgres, programs

CONFERENCES, TALKS, PEOPLE, MARKS = 10, 40, 250, 400  # a million marks, 2,500 for each talk
FEW_TALKS = 4  # that are there at the first measurement: 10,000 marks
LOOKS = 60
RATE, SECONDS, PUSH_MARKS = 100, 10, 20
FAULT_PEOPLE, FAULT_MARKS, FAULT_KILLS = 30, 100, 2
LIMITS = Limits()


def pushes(number: int, code: str, first: int, last: int, rev: int) -> Iterator[Push]:
    """Return one push of each person of a conference, with the marks in the talks from `first` to before `last`."""
    for person in range(PEOPLE):
        random_ = random.Random(f"{number}/{person}/{first}")
        found = []
        for talk in range(first, last):
            for _ in range(MARKS // TALKS):
                is_good = random_.random() < 0.5
                at_s = (
                    random_.choice((300, 840, 1_500)) + random_.randint(0, 20) if is_good else random_.randrange(TALK_S)
                )
                tag = random_.choice(("note", "idea", "todo"))
                found.append(SharedMark(random_.randbytes(16), f"guid:g-{talk}", at_s, 1, tag, 0))
        yield Push(code, f"{person:064x}", rev, tuple(found))


def moments_ms(database: Database, slug: str, talks: int) -> list[float]:
    """Return the milliseconds that the moments of a talk take, for LOOKS talks."""
    found = read_conference(database, slug)
    assert found is not None
    taken = []
    for look in range(LOOKS):
        talk = found.talks[look % talks]
        began = time.perf_counter()
        crowd = moments(read_votes(database, found.number, talk.number), talk.duration_s, found.lead_s)
        taken.append((time.perf_counter() - began) * 1000)
        assert crowd.moments
    return taken


def million(database: Database) -> dict[str, float]:
    """Fill a database with a million marks and measure what that costs."""
    database.migrate()
    codes = []
    for number in range(CONFERENCES):
        slug = f"bench-{number}"
        organiser.create(database, conference(TALKS, slug))
        codes.append(organiser.add_codes(database, slug, 1, PEOPLE, "bench")[0])

    def send(number: int, first: int, last: int, rev: int) -> float:
        ready = list(pushes(number, codes[number], first, last, rev))
        began = time.perf_counter()
        for push in ready:
            marks.push(database, push, LIMITS)
        return time.perf_counter() - began

    send(0, 0, FEW_TALKS, 1)
    few_ms = moments_ms(database, "bench-0", FEW_TALKS)
    send(0, FEW_TALKS, TALKS, 2)
    seconds = [send(number, 0, TALKS, 1) for number in range(1, CONFERENCES)]
    repeat_s = send(CONFERENCES - 1, 0, TALKS, 1)
    for number in range(CONFERENCES):
        moments_ms(database, f"bench-{number}", TALKS)
    many_ms = [taken for number in range(CONFERENCES) for taken in moments_ms(database, f"bench-{number}", TALKS)]
    again_ms = moments_ms(database, "bench-0", FEW_TALKS)
    rows = PEOPLE * MARKS
    total = sum(summary.marks for summary in organiser.summaries(database))
    assert total == CONFERENCES * rows, total
    return {
        "rows_per_s": round(rows / median(seconds)),
        "repeat_rows_per_s": round(rows / repeat_s),
        "moments_p95_ms": round(quantiles(many_ms, n=20)[-1], 1),
        "moments_growth": round(median(again_ms) / median(few_ms), 2),
        "bytes_per_mark": round(database.size_of_marks() / total),
    }


def at_rate(send: Callable[[int], None]) -> list[float]:
    """Call `send` RATE times a second for SECONDS; return the milliseconds from when each was due to its end."""
    due: queue.Queue[tuple[int, float] | None] = queue.Queue()
    taken: list[float] = []

    def work() -> None:
        while (job := due.get()) is not None:
            send(job[0])
            taken.append((time.perf_counter() - job[1]) * 1000)

    workers = [threading.Thread(target=work) for _ in range(16)]
    for worker in workers:
        worker.start()
    began = time.perf_counter()
    for number in range(RATE * SECONDS):
        when = began + number / RATE
        time.sleep(max(when - time.perf_counter(), 0))
        due.put((number, when))
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join()
    return taken


def served(folder: Path, url: str) -> dict[str, float]:
    """Measure pushes and pages of a hub process, at RATE a second."""
    schedule = folder / "schedule.json"
    schedule.write_bytes(to_json(conference(TALKS)))
    hub = HubProcess(folder, url, fresh_s="10")
    code = hub.command("create", str(schedule)).strip().replace("-", "")
    hub.start()
    random_ = random.Random(1)

    def body(number: int) -> bytes:
        found = [
            SharedMark(
                random_.randbytes(16), f"guid:g-{random_.randrange(TALKS)}", random_.randrange(TALK_S), 1, "idea", 0
            )
            for _ in range(PUSH_MARKS)
        ]
        return to_bytes(Push(code, f"{number:064x}", 1, tuple(found)))

    bodies = [body(number) for number in range(RATE * SECONDS)]

    def push(number: int) -> None:
        status, answer = hub.post("/api/1/marks", bodies[number])
        assert status == 200, answer

    def page(number: int) -> None:
        status, data, _ = hub.get(f"/crowdconf-2026/talk-{number % TALKS}/" if number % 2 else "/crowdconf-2026/")
        assert status == 200, data

    try:
        push_ms = at_rate(push)
        hub.get("/crowdconf-2026/")
        page_ms = at_rate(page)
    finally:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        hub.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "push_p95_ms": round(quantiles(push_ms, n=20)[-1], 1),
        "page_p95_ms": round(quantiles(page_ms, n=20)[-1], 1),
        "cpu_ms_per_request": round(cpu_s * 1000 / (2 * RATE * SECONDS), 2),
    }


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """Return, by name, what gives the address of a new database."""
    servers: list[Postgres] = []

    def postgres() -> str:
        servers.append(Postgres().start())
        return servers[-1].url

    def sqlite() -> str:
        return f"sqlite:///{tempfile.mkdtemp(dir=folder)}/hub.sqlite"

    found: dict[str, Callable[[], str]] = {"sqlite": sqlite}
    if programs() is not None:
        found["postgresql"] = postgres
    try:
        yield found
    finally:
        for server in servers:
            server.remove()


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures: those of PostgreSQL as hub.NAME, those of SQLite as hub.sqlite.NAME."""
    by_name: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir="/tmp") as name, databases(Path(name)) as found:
        for kind, make in found.items():
            url = make()
            database = open_database(url)
            by_name[kind] = million(database)
            database.close()
            folder = Path(tempfile.mkdtemp(dir=name))
            by_name[kind] |= served(folder, make())
            run = fault_runs.sqlite_run if kind == "sqlite" else fault_runs.postgres_run
            folder = Path(tempfile.mkdtemp(dir=name))
            _, outcome = run(folder, FAULT_PEOPLE, FAULT_MARKS, FAULT_KILLS)
            by_name[kind] |= {"lost": outcome.lost, "doubled": outcome.doubled}
    if "postgresql" not in by_name:
        console.print(f"PostgreSQL was not measured: {WHY_NOT}.")
    _print(console, by_name)
    figures = {f"hub.sqlite.{key}": value for key, value in by_name["sqlite"].items()}
    return figures | {f"hub.{key}": value for key, value in by_name.get("postgresql", {}).items()}


def _print(console: Console, by_name: dict[str, dict[str, float]]) -> None:
    rows = (
        ("new marks a second, in pushes of 400, one after the other", "rows_per_s", ""),
        ("  the same again", "repeat_rows_per_s", ""),
        ("push of 20 marks at 100 pushes/s, 95 % within, ms", "push_p95_ms", "200"),
        ("moments of a talk of 2,500 marks among a million, 95 % within, ms", "moments_p95_ms", "50"),
        ("  beside the same talk among 10,000 marks", "moments_growth", "1.5"),
        ("bytes of a mark with indexes", "bytes_per_mark", ""),
        ("page at 100 requests/s, 95 % within, ms", "page_p95_ms", ""),
        ("CPU of the hub for a request, ms", "cpu_ms_per_request", ""),
        ("marks lost in a run with kills and cuts", "lost", "0"),
        ("marks doubled", "doubled", "0"),
    )
    table = Table("figure", *by_name, "must reach", title="The hub", title_justify="left")
    for words, key, need in rows:
        table.add_row(words, *(f"{values[key]:,}" for values in by_name.values()), need)
    console.print(table)
