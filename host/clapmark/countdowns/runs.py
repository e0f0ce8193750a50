"""The chair's report: what each countdown planned and what it took, from the countdown records."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from clapmark.archive import record
from clapmark.archive.journals import Journal
from clapmark.archive.wall_time import Clock, WallTime
from clapmark.bookmarks.linker import Linker


@dataclass(frozen=True)
class Run:
    """One run of a countdown. Lengths are milliseconds."""

    device: str
    epoch: str
    seq: int  # of the start record
    when: WallTime  # of the start
    preset: str
    slug: str | None  # the conference of the talk, None if unknown
    talk_id: str
    title: str  # "" if no schedule has the talk
    speakers: tuple[str, ...]
    planned_ms: int  # without adjustments
    adjusted_ms: int  # what the chair gave (or took, negative) while it ran
    actual_ms: int | None  # how long the speaker had, net of pauses; None for a run whose end was not recorded
    paused_ms: int | None  # None if a pause went over a reset, or its end was not recorded
    applause: bool  # the time was clapped out
    cuts: tuple[str, ...] = ()  # what is missing, in words for the person
    skipped: bool = False  # the speaker was called and did not speak: no length but the planned one

    @property
    def overrun_ms(self) -> int | None:
        """How much longer than planned and given it took; negative: the speaker ended early. None if not known."""
        return None if self.actual_ms is None else self.actual_ms - self.planned_ms - self.adjusted_ms


@dataclass
class _Open:
    """What is known of a run while its records are read."""

    start: record.Record
    adjusted_ms: int = 0
    left_ms: int | None = None
    pause: record.Record | None = None
    paused_ms: int | None = 0
    applause: bool = False
    stopped: bool = False
    cuts: list[str] = field(default_factory=list)


def countdown_runs(journals: Iterable[Journal], linker: Linker) -> list[Run]:
    """Return every run of a countdown in the order of time. What a stop record says was left is the truth."""
    runs = [run for journal in journals for run in runs_of(journal, Clock(journal.records), linker)]
    return sorted(runs, key=lambda run: (run.when.sort_ms, run.epoch, run.seq))


@dataclass(frozen=True)
class SpeakerSum:
    """All runs of one speaker whose end was recorded, added up. Lengths are milliseconds."""

    name: str
    runs: int
    planned_ms: int  # with what the chair gave
    actual_ms: int
    overrun_ms: int  # of the runs that were too long; an early end makes up for nothing


def sums_by_speaker(runs: Iterable[Run]) -> list[SpeakerSum]:
    """Return the sums of each speaker, the largest overrun first. A run of two speakers counts for both."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        if run.actual_ms is not None:
            for name in run.speakers:
                found.setdefault(name, []).append(run)
    sums = [
        SpeakerSum(
            name,
            len(own),
            sum(run.planned_ms + run.adjusted_ms for run in own),
            sum(run.actual_ms or 0 for run in own),
            sum(max(run.overrun_ms or 0, 0) for run in own),
        )
        for name, own in found.items()
    ]
    return sorted(sums, key=lambda one: (-one.overrun_ms, one.name))


def runs_of(journal: Journal, clock: Clock, linker: Linker) -> list[Run]:
    """Return the runs of one journal, whose clock `clock` is, in the order of seq."""
    opened: dict[int, _Open] = {}
    skipped: list[Run] = []
    for entry in journal.records:
        if entry.kind != record.COUNTDOWN:
            continue
        if entry.fields.get("do") == b"skip":
            skipped.append(_skipped(journal, clock, linker, entry))
        if entry.fields.get("do") == b"start":
            opened.setdefault(entry.seq, _Open(entry))
        elif (run := opened.get(entry.number("run"))) is not None:
            _take(run, entry)
    runs = [_finished(journal, clock, linker, run) for run in opened.values()]
    return sorted([*runs, *skipped], key=lambda run: run.seq)


def _skipped(journal: Journal, clock: Clock, linker: Linker, entry: record.Record) -> Run:
    when = clock.time_at(entry.boot, entry.ms)
    talk_id = entry.text("talk")
    pair = linker.chosen(talk_id, when) if talk_id else None
    talk = pair[1] if pair else None
    return Run(
        device=journal.device,
        epoch=journal.epoch,
        seq=entry.seq,
        when=when,
        preset="",
        slug=pair[0] if pair else None,
        talk_id=talk_id,
        title=talk.title if talk else "",
        speakers=talk.speakers if talk else (),
        planned_ms=max(talk.end_utc_s - talk.start_utc_s, 0) * 1000 if talk else 0,
        adjusted_ms=0,
        actual_ms=None,
        paused_ms=None,
        applause=False,
        skipped=True,
    )


def _take(run: _Open, entry: record.Record) -> None:
    match entry.fields.get("do"):
        case b"adjust":
            run.adjusted_ms += entry.number("by")
        case b"pause":
            run.pause = entry
        case b"resume":
            _end_pause(run, entry)
        case b"stage":
            run.applause = run.applause or entry.fields.get("stage") == b"applause"
        case b"overtime":
            run.applause = True
        case b"stop" if "left" in entry.fields:
            _end_pause(run, entry)
            run.left_ms = entry.number("left")
            run.stopped = True


def _end_pause(run: _Open, entry: record.Record) -> None:
    if run.pause is None:
        return
    if run.pause.boot != entry.boot or run.paused_ms is None:
        run.paused_ms = None
    else:
        run.paused_ms += max(entry.ms - run.pause.ms, 0)
    run.pause = None


def _finished(journal: Journal, clock: Clock, linker: Linker, run: _Open) -> Run:
    start = run.start
    when = clock.time_at(start.boot, start.ms)
    talk_id = start.text("talk")
    pair = linker.chosen(talk_id, when) if talk_id else None
    planned_ms = start.number("plan")
    if not run.stopped:
        run.cuts.append("its end was not recorded")
    if run.pause is not None:
        run.cuts.append("it was still paused")
    return Run(
        device=journal.device,
        epoch=journal.epoch,
        seq=start.seq,
        when=when,
        preset=start.text("preset"),
        slug=pair[0] if pair else None,
        talk_id=talk_id,
        title=pair[1].title if pair else "",
        speakers=pair[1].speakers if pair else (),
        planned_ms=planned_ms,
        adjusted_ms=run.adjusted_ms,
        actual_ms=None if run.left_ms is None else planned_ms + run.adjusted_ms - run.left_ms,
        paused_ms=None if run.pause is not None else run.paused_ms,
        applause=run.applause,
        cuts=tuple(run.cuts),
    )
