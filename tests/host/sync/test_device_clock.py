"""When the laptop sets the device's clock, when it asks first, and what it says about it."""

from types import SimpleNamespace

import pytest

from clapmark.sync.device_clock import contradiction_ms, moved_sentence, needs_time, set_device_clock, span_text
from tests.support.archive.conference import utc_ms
from tests.support.device.sync_device import laptop

NOON_MS = utc_ms("18:00")
HOUR_MS = 3_600_000


def greeting(utc: int = NOON_MS, ms: int = 0, clock_ms: int = 0, clock_seq: int = 1) -> SimpleNamespace:
    """What a device says: `ms` since its boot, its clock set at `clock_ms` by record `clock_seq`."""
    return SimpleNamespace(utc_ms=utc, ms=ms, clock_ms=clock_ms, clock_seq=clock_seq)


class Recorder:
    """A link that notes what the device's clock is set to."""

    def __init__(self) -> None:
        self.sets: list[tuple[int, int, int]] = []

    def set_time(self, utc: int, err: int, offset_s: int) -> int:
        self.sets.append((utc, err, offset_s))
        return 40 + len(self.sets)

    def error_ms(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (greeting(), False),
        (greeting(NOON_MS + 2_000), False),
        (greeting(NOON_MS - 2_000), False),
        (greeting(NOON_MS + 2_001), True),
        (greeting(NOON_MS - 2_001), True),
        (greeting(clock_seq=0), True),  # this boot was never given a time
        (greeting(ms=6 * HOUR_MS), False),
        (greeting(ms=6 * HOUR_MS + 1), True),  # set too long ago: it drifts
        (greeting(ms=9 * HOUR_MS, clock_ms=3 * HOUR_MS), False),
    ],
)
def test_the_clock_is_set_when_it_is_more_than_two_seconds_off_or_six_hours_old(device, expected):
    assert needs_time(device, NOON_MS) is expected


@pytest.mark.parametrize(
    ("device", "off_ms"),
    [
        (greeting(NOON_MS + 60_000), 0),
        (greeting(NOON_MS - 60_000), 0),
        (greeting(NOON_MS + 60_001), 60_001),
        (greeting(NOON_MS - 60_001), -60_001),
        (greeting(0), 0),  # it knows no time, so it contradicts nothing
        # ten days of 200 ppm are 172.8 s that the crystal alone explains
        (greeting(NOON_MS + 232_800, ms=240 * HOUR_MS), 0),
        (greeting(NOON_MS + 232_801, ms=240 * HOUR_MS), 232_801),
        (greeting(NOON_MS + 232_801, ms=241 * HOUR_MS, clock_ms=HOUR_MS), 232_801),
        (
            greeting(NOON_MS + 60_001, clock_ms=HOUR_MS),
            60_001,
        ),  # set after it greeted: that explains nothing
    ],
)
def test_a_contradiction_is_more_than_a_minute_and_what_the_crystal_drifts(device, off_ms):
    assert contradiction_ms(device, NOON_MS) == off_ms


def test_a_clock_that_is_a_little_off_is_set_once_with_the_error_and_the_offset_of_this_laptop():
    link = Recorder()
    assert set_device_clock(link, greeting(NOON_MS - 5_000), laptop(), 7_200) == 41
    assert link.sets == [(NOON_MS, 7, 7_200)]


def test_a_clock_that_the_person_wants_set_is_set_even_if_it_is_right_and_twice_only_if_it_contradicts():
    for utc, count in ((NOON_MS, 1), (NOON_MS - HOUR_MS, 2)):
        link = Recorder()
        assert set_device_clock(link, greeting(utc), laptop(), 0, is_wanted=True) == 40 + count
        assert link.sets == [(NOON_MS, 7, 0)] * count


def test_the_sentence_about_a_contradiction_has_both_local_times_and_goes_where_it_is_wanted():
    environment, told = laptop(), []
    device = greeting(utc_ms("19:30"))
    assert set_device_clock(Recorder(), device, environment, -4 * 3_600, tell=told.append) == 0
    assert "laptop's clock says 2019-05-03 18:00, the device's says 2019-05-03 19:30" in told[0]
    assert "by 90 minutes." in told[0] and environment.stderr.getvalue() == ""
    set_device_clock(Recorder(), device, environment, -4 * 3_600)
    assert "2019-05-03 19:30" in environment.stderr.getvalue()


@pytest.mark.parametrize(
    ("utc", "said"),
    [(1, "1970-01-01 01:00"), (-5_000, "1970-01-01 01:00"), (1 << 60, "9999-12-31 23:59")],
)
def test_a_device_with_an_impossible_time_is_reported_with_the_nearest_date_that_exists(utc, said):
    told: list[str] = []
    assert set_device_clock(Recorder(), greeting(utc), laptop(), 3_600, tell=told.append) == 0
    assert f"the device's says {said}:" in told[0]


def test_after_a_set_the_person_learns_how_far_the_clock_was_off():
    assert "was not set; it shows this laptop's time now" in moved_sentence(greeting(0), NOON_MS)
    assert "3 s ahead of this laptop's" in moved_sentence(greeting(NOON_MS + 3_000), NOON_MS)
    assert "0 s ahead of this laptop's" in moved_sentence(greeting(NOON_MS + 1), NOON_MS)
    assert "2.5 s behind this laptop's" in moved_sentence(greeting(NOON_MS - 2_500), NOON_MS)


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 s"),
        (119_000, "119 s"),
        (120_000, "2 minutes"),
        (119 * 60_000, "119 minutes"),
        (2 * HOUR_MS, "2 hours"),
        (47 * HOUR_MS, "47 hours"),
        (48 * HOUR_MS, "2 days"),
        (730 * 24 * HOUR_MS, "730 days"),
        (17_531 * HOUR_MS, "730.5 days"),
        (17_532 * HOUR_MS, "2 years"),
    ],
)
def test_a_length_of_time_is_said_in_the_largest_unit_that_fits_twice(ms, words):
    assert span_text(ms) == words
