import pytest

from clapmark.archive.journals import parse_log
from clapmark.bookmarks.linker import Linker
from clapmark.countdowns.runs import countdown_runs, sums_by_speaker
from firmware.core.countdown import Countdown
from tests.support.archive.conference import small_conference, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText


def runs(log: JournalText):
    return countdown_runs([parse_log(DEVICE, EPOCH, log.data)], Linker([small_conference()], {}))


def session() -> JournalText:
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("17:00"), err=10)
    return log


def start(log: JournalText, ms: int, talk: str = "light-1") -> int:
    return log.add(ms, "countdown", do="start", plan=300_000, preset="lightning", talk=talk)


def test_planned_versus_actual_of_a_speaker_who_was_clapped_down():
    log = session()
    run = start(log, 1_000)
    log.add(241_000, "countdown", do="stage", run=run, stage="one-finger")
    log.add(301_000, "countdown", do="stage", run=run, stage="applause")
    log.add(343_000, "countdown", do="stop", run=run, left=-42_000)
    (one,) = runs(log)
    assert (one.title, one.speakers) == ("My 3D Printer Knits", ("Di Sample",))
    assert (one.planned_ms, one.actual_ms, one.overrun_ms) == (300_000, 342_000, 42_000)
    assert one.applause and one.paused_ms == 0 and not one.cuts
    assert one.when.utc_ms == utc_ms("17:00:01")


@pytest.mark.parametrize("given", [60_000, -30_000, 0])
def test_pauses_and_adjustments_are_distinguished_from_the_speakers_own_time(given):
    """The records are made by the countdown that runs on the device."""
    log, countdown = session(), Countdown()
    countdown.load(300_000, 60_000, 20_000, True)
    countdown.start(1_000)
    run = start(log, 1_000)
    countdown.pause(101_000)
    log.add(101_000, "countdown", do="pause", run=run, left=countdown.remaining_ms(101_000))
    countdown.resume(141_000)
    log.add(141_000, "countdown", do="resume", run=run, left=countdown.remaining_ms(141_000))
    countdown.adjust(given)
    log.add(150_000, "countdown", do="adjust", run=run, by=given, left=countdown.remaining_ms(150_000))
    countdown.stop(250_000)
    log.add(250_000, "countdown", do="stop", run=run, left=countdown.remaining_ms(250_000))
    (one,) = runs(log)
    assert (one.actual_ms, one.paused_ms, one.adjusted_ms) == (209_000, 40_000, given)
    assert one.overrun_ms == 209_000 - 300_000 - given


def test_a_run_over_a_reset_is_one_run():
    log = session()
    run = start(log, 1_000)
    log.add(11_000, "countdown", do="pause", run=run, left=290_000)
    log.reboot()
    log.add(500, "countdown", do="resume", run=run, left=290_000)
    log.add(200_500, "countdown", do="stop", run=run, left=90_000)
    (one,) = runs(log)
    assert (one.actual_ms, one.paused_ms) == (210_000, None)


def test_a_run_without_an_end_says_so():
    log = session()
    start(log, 1_000)
    two = start(log, 400_000, "light-2")
    log.add(600_000, "countdown", do="stop", run=two, left=100_000)
    log.add(600_000, "countdown", do="stop", run=999, left=100_000)
    first, second = runs(log)
    assert first.actual_ms is None and first.overrun_ms is None and first.cuts
    assert (second.actual_ms, second.overrun_ms) == (200_000, -100_000)
    assert [(one.name, one.runs, one.overrun_ms) for one in sums_by_speaker([first, second])] == [("Ed Sample", 1, 0)]


def test_a_talk_that_no_schedule_has_is_still_a_run():
    log = session()
    run = start(log, 0, "gone")
    log.add(10, "countdown", do="stop", run=run, left=299_990)
    (one,) = runs(log)
    assert (one.talk_id, one.title, one.speakers, one.actual_ms) == ("gone", "", (), 10)


def test_a_speaker_who_was_skipped_is_in_the_order_and_in_no_sum():
    log = session()
    log.add(500, "countdown", do="skip", talk="light-1")
    run = start(log, 1_000, "light-2")
    log.add(200_000, "countdown", do="stop", run=run, left=101_000)
    log.add(210_000, "countdown", do="skip", talk="nobody-knows")
    found = runs(log)
    assert [(one.skipped, one.actual_ms) for one in found] == [(True, None), (False, 199_000), (True, None)]
    assert (found[0].title, found[0].speakers) == ("My 3D Printer Knits", ("Di Sample",))
    assert found[0].planned_ms > 0 and not found[0].cuts and found[2].talk_id == "nobody-knows"
    assert {one.name for one in sums_by_speaker(found)} == set(found[1].speakers)
