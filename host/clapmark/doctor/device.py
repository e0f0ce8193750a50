"""What the device itself has to say: versions, journal, heap, faults, clock. Nothing on it is changed."""

from collections.abc import Iterator

from clapmark.archive import record
from clapmark.base.words import counted, with_article
from clapmark.doctor.findings import Finding, Severity
from clapmark.link.answer import Answer
from clapmark.link.client import DeviceRefusedError, Hello, Line, LinkClient
from clapmark.link.hello import update_hint, version_numbers
from firmware.core.lines.fields import LineError

_LATEST_RECORDS = 300  # looked through for the last boot and the last faults
_FULL_PERCENT = 90
_LITTLE_HEAP_BYTES = 8 * 1024
_CLOCK_MS = 2000  # docs/link.md: from then on a sync sets the clock
_OLDEST, _NEWEST = (1, 23), (1, 29)
_TOLD_FAULTS = 3
_SAFE_MODE_BOARD = "unknown"  # firmware/start/safe_mode.py asks no board what it is


def look_at_device(client: LinkClient, hello: Hello, now_utc_ms: int) -> list[Finding]:
    """Return the findings of one device; `now_utc_ms` is the laptop's clock at the time of `hello`."""
    return [
        *_versions(hello),
        *_journal(hello),
        *_records(client, hello),
        *_heap(client),
        *_clock(hello, now_utc_ms),
    ]


def _versions(hello: Hello) -> Iterator[Finding]:
    yield Finding(Severity.OK, f"Device {hello.device}, {with_article(hello.board)}, speaks protocol {hello.protocol}.")
    if hello.board == _SAFE_MODE_BOARD:
        yield Finding(
            Severity.WARNING,
            "It is in safe mode: button A was held at power-up, or the app crashed three times.",
            "`clapmark sync`, then `clapmark deploy`; a reset tries the app again.",
        )
    hint = update_hint(hello)
    if hint:
        what, _, to_do = hint.partition("; that works. ")
        yield Finding(Severity.NOTE, f"{what}. It syncs all the same.", to_do)
    else:
        yield Finding(Severity.OK, f"Its firmware is {hello.firmware}, as this clapmark's.")


def _journal(hello: Hello) -> Iterator[Finding]:
    if hello.problem.startswith("Safe mode"):
        yield Finding(
            Severity.ERROR,
            f"The device says: {hello.problem.rstrip('.')}.",
            "`clapmark sync`, then press its reset key. If it starts in safe mode again: `clapmark deploy`.",
        )
    elif hello.problem:
        yield Finding(
            Severity.ERROR,
            f"The device says: {hello.problem.rstrip('.')}.",
            "`clapmark sync` first: it fetches all readable records and frees room in a full journal. For a part that "
            "does not work: the wiring, and `board.json` (docs/new-board.md).",
        )
    if hello.percent >= _FULL_PERCENT:
        yield Finding(Severity.WARNING, f"The journal is {hello.percent} % full.", "`clapmark sync` makes room.")
    else:
        yield Finding(
            Severity.OK, f"The journal is {hello.percent} % full; {counted(hello.unsynced, 'record')} not synced."
        )
    if hello.commits_ahead:
        yield Finding(
            Severity.ERROR,
            f"The device believes records up to {hello.committed_seq} synced, but its newest is {hello.last_seq}: "
            "new bookmarks could be erased before a sync.",
            "`clapmark sync` now, then `clapmark deploy`: current firmware does not accept such a number.",
        )
    if hello.damaged:
        yield Finding(
            Severity.WARNING,
            f"The journal has {counted(hello.damaged, 'damaged place')}; what is readable around them is safe.",
            "`clapmark sync` stores the remaining bytes next to the log. If their number grows, the flash is wearing "
            "out: use another board.",
        )


def _records(client: LinkClient, hello: Hello) -> Iterator[Finding]:
    first = max(hello.first_seq, hello.last_seq - _LATEST_RECORDS, 1)
    parsed = []
    for item in client.records(first) if hello.last_seq else ():
        if isinstance(item, Line):
            try:
                parsed.append(record.parse(item.data))
            except LineError:
                continue
    boots = [entry for entry in parsed if entry.kind == b"boot"]
    if boots:
        yield from _micropython(boots[-1].fields.get("mp", b"").decode("ascii", "replace"))
        watchdogs = sum(entry.fields.get("reset") == b"watchdog" for entry in boots)
        if watchdogs:
            yield Finding(
                Severity.WARNING,
                f"Of its last {counted(len(boots), 'start')}, {watchdogs} came from the watchdog: something had hung.",
                "`clapmark deploy` if there is a newer version; else report it with the faults below.",
            )
    faults = [entry for entry in parsed if entry.kind == b"fault"]
    for entry in faults[-_TOLD_FAULTS:]:
        error = entry.fields.get("error", b"").decode("utf-8", "replace")
        yield Finding(
            Severity.WARNING,
            f"Fault in boot {entry.boot}, {entry.ms // 1000} s after its start: {error!a:.80}",
            "The device continued to run. If it happens again: `clapmark deploy --dev`, and report the traceback.",
        )
    if not faults:
        yield Finding(Severity.OK, "No faults in its last records.")


def _micropython(version: str) -> Iterator[Finding]:
    numbers = version_numbers(version)[:2]
    if not numbers:
        return
    if numbers < _OLDEST:
        yield Finding(
            Severity.ERROR,
            f"It runs MicroPython {version}; Clapmark needs 1.23 or newer.",
            "`clapmark flash --firmware FILE.bin`; journal and settings stay.",
        )
    elif numbers > _NEWEST:
        yield Finding(Severity.NOTE, f"It runs MicroPython {version}; Clapmark is tested up to 1.29.")
    else:
        yield Finding(Severity.OK, f"It runs MicroPython {version}.")


def _heap(client: LinkClient) -> Iterator[Finding]:
    try:
        status = Answer.of_values(b"status", client.status())
    except DeviceRefusedError:
        return  # safe mode has no live state
    if "heap_free" not in status.values:
        return
    free, used = status.number("heap_free"), status.number("heap_used", default=0)
    what = f"Its heap has {free // 1024} of {(free + used) // 1024} KB free."
    if free < _LITTLE_HEAP_BYTES:
        yield Finding(
            Severity.WARNING, what, "Use fewer presets and a shorter schedule (`clapmark schedule push --day`)."
        )
    else:
        yield Finding(Severity.OK, what)


def _clock(hello: Hello, now_utc_ms: int) -> Iterator[Finding]:
    if not hello.utc_ms:
        yield Finding(Severity.NOTE, "Its clock is not set.", "`clapmark sync` sets it.")
        return
    offset_ms = hello.utc_ms - now_utc_ms
    if abs(offset_ms) > _CLOCK_MS:
        side = "ahead of" if offset_ms > 0 else "behind"
        yield Finding(
            Severity.NOTE,
            f"Its clock is {abs(offset_ms) / 1000:.1f} s {side} the laptop's.",
            "`clapmark sync` sets it; the times of bookmarks are calculated with the difference.",
        )
    else:
        yield Finding(Severity.OK, f"Its clock is {abs(offset_ms) / 1000:.1f} s off the laptop's.")
