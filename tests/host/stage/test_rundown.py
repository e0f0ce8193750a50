"""The running order: who is next, who was skipped, what a swap does, and by how much the session is late."""

import pytest

from clapmark.stage.rundown import CURRENT, DONE, SKIPPED, SPEAKING, WAITING, Entry, Rundown, RundownError

MINUTE = 60_000


def rundown(count=5):
    return Rundown([Entry(f"t{n}", f"Talk {n}", (f"Speaker {n}",), n * 5 * MINUTE, 5 * MINUTE) for n in range(count)])


def states(order):
    return [entry.state for entry in order.entries]


def test_who_was_called_and_did_not_speak_was_skipped():
    order = rundown()
    order.select("t0")
    order.begin("t0", 1000)
    order.end("t0", 4 * MINUTE)
    order.select("t1")
    order.select("t2")
    assert states(order) == [DONE, SKIPPED, CURRENT, WAITING, WAITING]
    order.select("t1")  # there after all
    assert states(order) == [DONE, CURRENT, WAITING, WAITING, WAITING]


def test_the_next_one_waits_behind_the_current_one():
    order = rundown()
    order.select("t1")
    assert order.after("t1").talk_id == "t2" and order.before("t1").talk_id == "t0"
    order.end("t2", MINUTE)
    assert order.after("t1").talk_id == "t3"
    assert order.after("t4") is None and order.before("t0") is None and order.after("").talk_id == "t0"


def test_a_swap_changes_people_and_leaves_the_slots():
    order = rundown()
    order.swap("t1", "t3")
    assert [entry.talk_id for entry in order.entries] == ["t0", "t3", "t2", "t1", "t4"]
    assert [entry.start_utc_ms for entry in order.entries] == [n * 5 * MINUTE for n in range(5)]
    assert order.is_reordered


@pytest.mark.parametrize(("one", "two"), [("t0", "t2"), ("t1", "t1"), ("t1", "nobody"), ("", "t1")])
def test_a_swap_that_cannot_be_is_refused_and_changes_nothing(one, two):
    order = rundown()
    order.begin("t0", 0)
    before = list(order.entries)
    with pytest.raises(RundownError, match="unchanged"):
        order.swap(one, two)
    assert order.entries == before and not order.is_reordered


def test_a_speaker_who_pauses_began_when_he_began():
    order = rundown()
    order.begin("t0", 1000)
    order.begin("t0", 9000)
    assert order.entries[0].began_utc_ms == 1000 and order.entries[0].state == SPEAKING


def test_behind_is_what_the_session_will_end_late_if_everybody_keeps_the_time():
    order = rundown()  # planned from 0 to 25 min
    assert order.behind_ms("t0", 5 * MINUTE, -10 * MINUTE) == -5 * MINUTE + 5 * MINUTE  # before: in time
    order.select("t0")
    order.begin("t0", 0)
    assert order.behind_ms("t0", 5 * MINUTE, 0) == 0
    assert order.behind_ms("t0", 2 * MINUTE, 6 * MINUTE) == 3 * MINUTE
    assert order.behind_ms("t0", -4 * MINUTE, 9 * MINUTE) == 4 * MINUTE
    order.end("t0", 9 * MINUTE)
    order.skip("t1")
    assert order.behind_ms("t0", 0, 9 * MINUTE) == -1 * MINUTE
    assert Rundown().behind_ms("", 0, 0) is None


def test_a_schedule_that_is_replaced_keeps_what_happened():
    order = rundown()
    order.begin("t0", 500)
    order.end("t0", 4 * MINUTE)
    order.skip("t1")
    newer = order.taken_over(Rundown([Entry(f"t{n}", "New", (), n, 5 * MINUTE) for n in (0, 1, 2, 9)]))
    assert states(newer) == [DONE, SKIPPED, WAITING, WAITING] and newer.entries[0].actual_ms == 4 * MINUTE
