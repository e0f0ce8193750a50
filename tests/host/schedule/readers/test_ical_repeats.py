"""Events that repeat, and zones that a calendar defines itself."""

import time

import pytest

from clapmark.base.errors import UsageError
from clapmark.schedule.load import parse_schedule
from clapmark.schedule.zones import find_zone

BERLIN = ";TZID=Europe/Berlin:"
RULES = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
END:VTIMEZONE
"""


def event(title: str, start: str, *more: str, uid: str = "", length: str = "PT45M") -> str:
    lines = [f"UID:{uid or title}", f"SUMMARY:{title}", f"DTSTART{start}", f"DURATION:{length}", *more]
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def read(*events: str, head: str = "", zone: str | None = None):
    text = "BEGIN:VCALENDAR\nX-WR-CALNAME:C\n" + head + "".join(events) + "END:VCALENDAR\n"
    return parse_schedule(text.encode(), "c.ics", zone=find_zone(zone) if zone else None)


def starts(schedule, title: str) -> list[str]:
    return [f"{talk.start:%m-%d %H:%M}" for talk in schedule.talks if talk.title == title]


def test_a_daily_event_takes_place_on_each_day_of_the_conference():
    schedule = read(
        event("Standup", f"{BERLIN}20250601T090000", "RRULE:FREQ=DAILY"),
        event("Opening", f"{BERLIN}20250601T100000"),
        event("Closing", f"{BERLIN}20250603T170000"),
    )
    assert starts(schedule, "Standup") == ["06-01 09:00", "06-02 09:00", "06-03 09:00"]
    assert any("repeat: 1; they take place 3 times" in note for note in schedule.warnings)
    assert len({talk.id for talk in schedule.talks}) == 5


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=2", ["06-01", "06-02"]),
        ("FREQ=DAILY;INTERVAL=2", ["06-01", "06-03"]),
        ("FREQ=DAILY;UNTIL=20250602", ["06-01", "06-02"]),
        ("FREQ=DAILY;UNTIL=20250602T070000Z", ["06-01", "06-02"]),  # 9:00 in Berlin
        ("FREQ=DAILY;UNTIL=20250602T065959Z", ["06-01"]),
        ("FREQ=WEEKLY;BYDAY=SU,TU", ["06-01", "06-03"]),
        ("FREQ=MONTHLY;BYMONTHDAY=1", ["06-01"]),  # not expanded: noted
        ("FREQ=SECONDLY", ["06-01"]),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", ["06-01"]),
        ("nonsense", ["06-01"]),
    ],
)
def test_the_rule_says_on_which_days(rule, days):
    begin = time.monotonic()
    schedule = read(
        event("R", f"{BERLIN}20250601T090000", f"RRULE:{rule}"),
        event("A", f"{BERLIN}20250601T100000"),
        event("B", f"{BERLIN}20250603T100000"),
    )
    assert starts(schedule, "R") == [f"{day} 09:00" for day in days]
    assert ("not daily or weekly" in " ".join(schedule.warnings)) == (
        rule[:7] not in {"FREQ=DA", "FREQ=WE"} or "BYMONTH" in rule
    )
    assert time.monotonic() - begin < 5


def test_times_that_are_excluded_moved_or_cancelled_are_not_taken():
    schedule = read(
        event("R", f"{BERLIN}20250601T090000", "RRULE:FREQ=DAILY;COUNT=5", "EXDATE;TZID=Europe/Berlin:20250602T090000",
              "EXDATE:20250603T070000Z", uid="r"),
        event("R moved", f"{BERLIN}20250604T113000", "RECURRENCE-ID;TZID=Europe/Berlin:20250604T090000", uid="r"),
        event("R cancelled", f"{BERLIN}20250605T090000", "RECURRENCE-ID:20250605T070000Z", "STATUS:CANCELLED", uid="r"),
    )  # fmt: skip
    assert starts(schedule, "R") == ["06-01 09:00"]
    assert starts(schedule, "R moved") == ["06-04 11:30"]
    assert len(schedule.talks) == 2


def test_an_event_without_uid_replaces_no_other():
    schedule = read(
        event("R", f"{BERLIN}20250601T090000", "RRULE:FREQ=DAILY;COUNT=2").replace("UID:R\n", ""),
        event("S", f"{BERLIN}20250601T100000", "RECURRENCE-ID;TZID=Europe/Berlin:20250601T090000").replace(
            "UID:S\n", ""
        ),
    )
    assert starts(schedule, "R") == ["06-01 09:00", "06-02 09:00"]


def test_a_repeated_event_stays_at_its_time_of_day_when_the_clock_is_changed():
    schedule = read(event("R", f"{BERLIN}20251025T090000", "RRULE:FREQ=DAILY;COUNT=3"))
    assert starts(schedule, "R") == ["10-25 09:00", "10-26 09:00", "10-27 09:00"]


def test_an_endless_event_that_began_long_ago_is_taken_during_the_conference_only():
    schedule = read(event("R", f"{BERLIN}19900101T090000", "RRULE:FREQ=DAILY"), event("A", f"{BERLIN}20250601T100000"))
    assert [talk.start.year for talk in schedule.talks if talk.title == "R"] == [2025]
    assert starts(schedule, "R") == ["06-01 09:00"]


def test_a_calendar_in_which_everything_repeats_is_bounded():
    schedule = read(event("R", f"{BERLIN}20250601T090000", "RRULE:FREQ=DAILY"))
    assert len(schedule.talks) == 15


def test_each_time_keeps_its_identity_in_the_next_version():
    events = event("R", f"{BERLIN}20250601T090000", "RRULE:FREQ=DAILY;COUNT=3"), event("A", f"{BERLIN}20250601T100000")
    one, two = read(*events), read(*reversed(events))
    assert {(talk.start, talk.guid) for talk in one.talks} == {(talk.start, talk.guid) for talk in two.talks}
    assert len({talk.guid for talk in one.talks}) == 4


def test_an_unknown_zone_is_read_by_the_rules_that_the_calendar_defines():
    guest = event("Guest", ";TZID=Customized Time Zone:20250601T080000")
    schedule = read(event("A", f"{BERLIN}20250601T100000"), event("B", f"{BERLIN}20250601T110000"), guest, head=RULES)
    assert starts(schedule, "Guest") == ["06-01 14:00"]
    assert any("as the calendar itself defines it" in note for note in schedule.warnings)


def test_the_name_of_a_place_goes_before_rules():
    head = RULES.replace("Customized Time Zone", "Europe/Berlin")
    assert starts(read(event("A", f"{BERLIN}20250601T100000"), head=head), "A") == ["06-01 10:00"]


def test_rules_never_name_the_zone_of_the_conference_but_give_a_hint():
    talk = event("A", ";TZID=Customized Time Zone:20250601T080000")
    with pytest.raises(UsageError, match="its clock is that of America/New_York"):
        read(talk, head=RULES)
    assert starts(read(talk, head=RULES, zone="America/New_York"), "A") == ["06-01 08:00"]
    assert starts(read(talk, head=RULES, zone="Europe/Berlin"), "A") == ["06-01 14:00"]


def test_a_place_in_the_definition_is_a_place():
    head = RULES.replace("TZID:Customized Time Zone", "TZID:Customized Time Zone\nX-LIC-LOCATION:Europe/Zurich")
    schedule = read(event("A", ";TZID=Customized Time Zone:20250601T080000"), head=head)
    assert schedule.zone == "Europe/Zurich" and starts(schedule, "A") == ["06-01 08:00"]


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=YEARLY;BYSECOND=1,2,3", "FREQ=MINUTELY;INTERVAL=1", "FREQ=YEARLY;BYYEARDAY=1", ""]
)
def test_rules_that_no_zone_has_are_not_evaluated(rule):
    begin = time.monotonic()
    head = RULES.replace("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", rule)
    guest = event("Guest", ";TZID=Customized Time Zone:20250601T080000")
    schedule = read(event("A", f"{BERLIN}20250601T100000"), event("B", f"{BERLIN}20250601T110000"), guest, head=head)
    assert starts(schedule, "Guest") == ["06-01 08:00"]
    assert any('"Customized Time Zone" is not known' in note for note in schedule.warnings)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("written", ["2025-06-01T10:00:00", "20250601T1000", "2025-06-01 10:00"])
def test_a_time_in_another_spelling_is_read(written):
    assert starts(read(event("A", f"{BERLIN}{written}")), "A") == ["06-01 10:00"]


@pytest.mark.parametrize("length", ["45", "0:45", "PT45M"])
def test_a_duration_in_another_spelling_is_read(length):
    talk = read(event("A", f"{BERLIN}20250601T100000", length=length)).talks[0]
    assert f"{talk.end:%H:%M}" == "10:45"
