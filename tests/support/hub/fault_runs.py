"""The runs of the table in docs/reliability.md: load with kills on each database, and promoted replicas."""

import time
from pathlib import Path

from clapmark.schedule import to_json
from tests.support.hub.audience import conference
from tests.support.hub.hub_process import HubProcess
from tests.support.hub.load import TALKS, Load, Outcome, stored
from tests.support.hub.postgres import Postgres

SLUG = "crowdconf-2026"
# processes are killed, the machine is not: what was written survives in its page cache, and a start need not sync
NO_SYNC = {"fsync": "off"}


def prepared(folder: Path, url: str, talks: int = TALKS) -> tuple[HubProcess, str]:
    """Return a hub that is ready, and its code."""
    schedule = folder / "schedule.json"
    schedule.write_bytes(to_json(conference(talks + 1)))
    hub = HubProcess(folder, url, fresh_s="0.001" if talks == TALKS else "5")
    code = hub.command("create", str(schedule)).strip().replace("-", "")
    return hub.start(), code


def sqlite_run(
    folder: Path, people: int, marks: int, kills: int, size: int = 200, talks: int = TALKS
) -> tuple[Load, Outcome]:
    """Load a hub on SQLite, and kill it."""
    url = f"sqlite:///{folder}/hub.sqlite"
    hub, code = prepared(folder, url, talks)

    def kill_hub() -> None:
        hub.kill()
        hub.start()

    try:
        load = Load(hub, code, people, marks, size=size, talks=talks)
        load.run([("hub", kill_hub)] * kills)
        return load, load.check(url, SLUG)
    finally:
        hub.stop()


def postgres_run(
    folder: Path, people: int, marks: int, kills: int, size: int = 200, talks: int = TALKS
) -> tuple[Load, Outcome]:
    """Load a hub on PostgreSQL, and kill the hub, the server, and both."""
    server = Postgres(NO_SYNC).start()
    hub, code = prepared(folder, server.url, talks)

    def kill_hub() -> None:
        hub.kill()
        hub.start()

    def kill_server() -> None:
        server.kill()
        server.start()

    def kill_both() -> None:
        server.kill()
        hub.kill()
        server.start()
        hub.start()

    try:
        load = Load(hub, code, people, marks, size=size, talks=talks)
        load.run([("hub", kill_hub), ("PostgreSQL", kill_server), ("both", kill_both)] * kills)
        return load, load.check(server.url, SLUG)
    finally:
        hub.stop()
        server.remove()


def promotion_run(folder: Path, people: int, marks: int) -> tuple[Load, Outcome]:
    """Kill the primary under load and promote its synchronous replica; `lost` counts what was acknowledged before."""
    waiting = {"synchronous_standby_names": "'*'", "synchronous_commit": "local"}
    primary = Postgres(NO_SYNC | waiting).start()
    replica = Postgres(NO_SYNC | {"synchronous_standby_names": "''"}, source=primary).start()
    url = f"postgresql://clapmark@/postgres?host={primary.folder},{replica.folder}&target_session_attrs=read-write"
    hub = None
    try:
        hub, code = prepared(folder, url)
        hub.stop()
        primary.command("ALTER SYSTEM SET synchronous_commit = 'on'")
        primary.command("SELECT pg_reload_conf()")
        time.sleep(1)
        hub.start()
        load = Load(hub, code, people, marks)
        lost: list[int] = []

        def promote() -> None:
            primary.kill()
            acknowledged = set(load.acknowledged)
            replica.promote()
            lost.append(len(acknowledged - stored(url).keys()))

        load.run([("primary", promote)], acks_between=people // 2)
        outcome = load.check(url, SLUG)
        outcome.lost += sum(lost)
        return load, outcome
    finally:
        if hub is not None:
            hub.stop()
        replica.remove()
        primary.remove()
