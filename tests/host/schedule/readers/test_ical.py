"""iCalendar: what pretalx writes, what other programs write, and calendars that are meant to hurt."""

import re
from pathlib import Path

import pytest

from clapmark.base.errors import UsageError
from clapmark.schedule import Schedule, ScheduleError, load_schedule

PRETALX = Path(__file__).parents[3] / "fixtures" / "pretalx.ics"


def calendar(*events: str, head: str = "X-WR-TIMEZONE:Europe/Berlin") -> str:
    bodies = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}\n{bodies}END:VCALENDAR\n"


def load(text: str, tmp_path: Path, zone: str | None = None) -> Schedule:
    path = tmp_path / "talks.ics"
    path.write_text(text, encoding="utf-8")
    return load_schedule(path, zone=zone)


def test_every_talk_of_a_pretalx_calendar_is_found_with_its_parts():
    schedule = load_schedule(PRETALX)
    assert (schedule.title, schedule.slug, schedule.zone) == ("riverconf-2024", "riverconf-2024", "Australia/Adelaide")
    queues, utc, nobody = schedule.talks
    assert (queues.id, queues.title) == ("EJWEMK", "Queues - How They Sink")
    assert queues.speakers == ("Ada Lovelace", "Grace Hopper")
    assert queues.abstract == "Boats, buffers; and a line\nof its own. It is long enough to be folded."
    assert queues.room == "Hall C (Plenary)"
    assert queues.start.isoformat() == "2024-05-17T09:00:00+09:30"
    assert queues.url == "https://pretalx.example.org/riverconf-2024/talk/EJWEMK/"
    assert utc.start.isoformat() == "2024-05-17T10:00:00+09:30"
    assert (nobody.title, nobody.speakers) == ("Nobody’s Talk", ())
    assert nobody.end.isoformat() == "2024-05-18T00:30:00+09:30"


def test_line_ends_of_the_standard_give_the_same_schedule(tmp_path):
    path = tmp_path / "pretalx.ics"
    path.write_bytes(PRETALX.read_bytes().replace(b"\n", b"\r\n"))
    assert load_schedule(path) == load_schedule(PRETALX)


def test_a_summary_is_split_only_where_pretalx_wrote_it(tmp_path):
    talk = load(calendar("UID:1\nSUMMARY:Tea - With Milk\nDTSTART:20240517T090000"), tmp_path).talks[0]
    assert (talk.title, talk.speakers) == ("Tea - With Milk", ())


def test_the_same_uid_on_every_event_still_gives_different_talks(tmp_path):
    events = (f"UID:same\nSUMMARY:Talk {n}\nDTSTART:202405{n}T090000\nDTEND:202405{n}T100000" for n in (17, 18, 19))
    ids = {talk.id for talk in load(calendar(*events), tmp_path).talks}
    assert len(ids) == 3


def test_what_is_no_talk_is_left_out_and_reported(tmp_path):
    talk = "SUMMARY:A\nDTSTART:20240517T090000\nDTEND:20240517T100000"
    schedule = load(
        calendar(
            talk,
            "SUMMARY:Holiday\nDTSTART;VALUE=DATE:20240517",
            "SUMMARY:B\nSTATUS:CANCELLED\nDTSTART:20240517T110000",
            "SUMMARY:C\nDTSTART:20240517T120000\nDURATION:PT1H\nRRULE:FREQ=SECONDLY",
            head="X-WR-TIMEZONE:Europe/Berlin\nX-WR-CALNAME:River\\, Conf",
        ),
        tmp_path,
    )
    assert [talk.title for talk in schedule.talks] == ["A", "C"]
    assert schedule.title == "River, Conf"
    assert schedule.warnings == (
        "No talk has a room, so bookmarks are linked by time only; where several talks run at once, "
        "`clapmark assign` decides.",
        "No talk has a speaker.",
        "Events that were left out, all-day, without a time of day: 1.",
        "Events that were left out, cancelled: 1.",
        'event 4: "C" repeats by a rule that is not daily or weekly; only its first time was taken.',
        "Events that repeat: 1; they take place 1 time during the conference.",
    )


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("TZID=Europe/Berlin", "2024-05-17T09:00:00+02:00"),
        ('TZID="Europe/Berlin"', "2024-05-17T09:00:00+02:00"),
        ("TZID=W. Europe Standard Time", "2024-05-17T09:00:00+02:00"),
        ("TZID=/example.org/20240101_1/Europe/Berlin", "2024-05-17T09:00:00+02:00"),
        ("TZID=/example.org/America/Argentina/Salta", "2024-05-17T09:00:00-03:00"),
    ],
)
def test_a_zone_is_found_under_the_names_that_programs_give_it(zone, begins, tmp_path):
    schedule = load(calendar(f"SUMMARY:A\nDTSTART;{zone}:20240517T090000", head="METHOD:PUBLISH"), tmp_path)
    assert schedule.talks[0].start.isoformat() == begins


def test_talks_of_several_zones_are_shown_in_that_of_most(tmp_path):
    events = [f"SUMMARY:{n}\nDTSTART;TZID=Europe/Berlin:20240517T{n}0000" for n in (10, 11)]
    schedule = load(calendar(*events, "SUMMARY:x\nDTSTART;TZID=Europe/London:20240517T080000", head="A:b"), tmp_path)
    assert schedule.zone == "Europe/Berlin"
    assert schedule.talks[0].start.isoformat() == "2024-05-17T09:00:00+02:00"


def test_a_calendar_without_a_zone_asks_for_it(tmp_path):
    utc = calendar("SUMMARY:A\nDTSTART:20240517T090000Z", head="METHOD:PUBLISH")
    with pytest.raises(UsageError, match=r"talks\.ics names no time zone: add the conference's, such as --zone"):
        load(utc, tmp_path)
    assert load(utc, tmp_path, "Europe/Berlin").talks[0].start.isoformat() == "2024-05-17T11:00:00+02:00"
    own = calendar("SUMMARY:A\nDTSTART;TZID=Customized Time Zone:20240517T090000", head="METHOD:PUBLISH")
    with pytest.raises(UsageError, match='names the zone "Customized Time Zone", which is no IANA zone'):
        load(own, tmp_path)
    assert load(own, tmp_path, "Europe/Berlin").talks[0].start.isoformat() == "2024-05-17T09:00:00+02:00"


@pytest.mark.parametrize(
    ("event", "note"),
    [
        ("SUMMARY:A\nDTSTART:soon", r'event 2, DTSTART: found "soon", expected a time .*this talk was left out'),
        ("SUMMARY:A", "event 2, DTSTART: found nothing"),
        ("SUMMARY:A\nDTSTART:00010517T090000", "event 2, DTSTART: found"),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDTEND:20240518", '"20240518".*this value was ignored'),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDURATION:20240518", '"20240518", expected a duration'),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDURATION:P400D", "more than 14 days; its end was guessed"),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDURATION:P999999999999D", "DURATION: found"),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDTEND:20240517T080000", "would end before it starts"),
        ("SUMMARY:A\nDTSTART;TZID=Mars/One:20240517T090000", 'event 2, "A": the zone "Mars/One" is not known'),
    ],
)
def test_an_odd_event_is_noted_and_the_others_load(event, note, tmp_path):
    good = "SUMMARY:Good\nDTSTART:20240517T110000\nDTEND:20240517T120000"
    schedule = load(calendar(good, event), tmp_path)
    assert "Good" in [talk.title for talk in schedule.talks]
    assert len(schedule.talks) + schedule.left_out == 2
    assert any(re.search(note, warning) for warning in schedule.warnings), schedule.warnings


def test_a_calendar_that_is_cut_is_reported(tmp_path):
    with pytest.raises(ScheduleError, match="its VEVENT has no end"):
        load(calendar("SUMMARY:A")[:-30], tmp_path)


def test_calendars_that_are_meant_to_hurt_cost_little(tmp_path):
    rule = "BEGIN:VTIMEZONE\nTZID:Mars\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=SECONDLY\n"
    rule += "TZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE"
    with pytest.raises(UsageError, match='"Mars", which is no IANA zone'):
        load(calendar("SUMMARY:A\nDTSTART;TZID=Mars:20240517T090000", head=rule), tmp_path)
    with pytest.raises(ScheduleError, match="nested deeper"):
        load("BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 100_000, tmp_path)
    with pytest.raises(ScheduleError, match=r"SUMMARY is longer than in any schedule|no usable talk"):
        load(calendar("SUMMARY" + ";X=Y" * 100_000 + ":A"), tmp_path)
    with pytest.raises(ScheduleError, match="more than the 5000 talks"):
        load(calendar(*["SUMMARY:A"] * 5001), tmp_path)
    names = (f"SUMMARY:{n}\nDTSTART;TZID=No/Such{n}:20240517T090000" for n in range(2000))
    assert len(load(calendar(*names), tmp_path, "UTC").talks) == 2000


def zones(head: str, *starts: str):
    """Return a calendar whose events begin as `starts` say, on 1 June 2025, an hour after each other."""
    events = []
    for number, start in enumerate(starts):
        parameter, _, suffix = start.partition("|")
        events.append(f"SUMMARY:T{number}\nDTSTART{parameter}:20250601T{9 + number:02}0000{suffix}")
    return calendar(*events, head=head)


@pytest.mark.parametrize(
    ("head", "starts", "zone", "note"),
    [
        # one guest's TZID does not move a calendar
        ("X-WR-TIMEZONE:Europe/Berlin", ["|Z", "|Z", ";TZID=America/New_York"], "Europe/Berlin", "1 of 3 events"),
        ("X-WR-TIMEZONE:Europe/Berlin", [";TZID=Asia/Tokyo", ";TZID=Asia/Tokyo"], "Asia/Tokyo", "the calendar itself"),
        ("A:b", ["|Z", "|Z", ";TZID=America/New_York"], "America/New_York", "Only 1 of 3 events"),
        ("X-WR-TIMEZONE:UTC", [";TZID=America/New_York", "|Z", ";TZID=America/New_York"], "America/New_York", ""),
        ("A:b", [";TZID=EST"], "America/New_York", "EST has no summer time"),
        ("A:b", [';TZID="(UTC+01:00) Amsterdam, Berlin, Bern"'], "Europe/Amsterdam", ""),
        ("A:b", [";TZID=Eastern Standard Time"], "America/New_York", ""),
        ("X-WR-TIMEZONE:Berlin", ["|Z"], "Europe/Berlin", ""),
        ("X-WR-TIMEZONE:Europe/Berlin", [";TZID=GMT+0200"], "Europe/Berlin", ""),
    ],
)
def test_zones_have_one_order_of_trust(head, starts, zone, note, tmp_path):
    schedule = load(zones(head, *starts), tmp_path)
    assert schedule.zone == zone
    assert any(note in warning for warning in schedule.warnings)


@pytest.mark.parametrize(
    ("head", "start"),
    [
        ("X-WR-TIMEZONE:UTC", "|Z"),
        ("X-WR-TIMEZONE:Etc/UTC", ""),
        ("A:b", ";TZID=UTC"),
        ("A:b", ";TZID=Etc/GMT-2"),
        ("X-WR-TIMEZONE:GMT+0200", "|Z"),
        ("A:b", ";TZID=PST"),
    ],
)
def test_utc_and_offsets_never_name_the_zone_of_a_conference(head, start, tmp_path):
    with pytest.raises(UsageError, match="--zone"):
        load(zones(head, start), tmp_path)


def test_a_fixed_offset_still_tells_the_moment(tmp_path):
    talk = load(zones("A:b", ";TZID=GMT+0200"), tmp_path, "America/New_York").talks[0]
    assert talk.start.isoformat() == "2025-06-01T03:00:00-04:00"


def test_events_that_are_all_day_or_cancelled_are_named_as_the_reason(tmp_path):
    for event, reason in (
        ("DTSTART;VALUE=DATE:20250601", "all-day"),
        ("DTSTART:20250601T090000\nSTATUS:CANCELLED", "cancelled"),
    ):
        with pytest.raises(ScheduleError, match=f"all 2 events are {reason}"):
            load(calendar(f"SUMMARY:A\n{event}", f"SUMMARY:B\n{event}"), tmp_path)


def test_a_line_folded_inside_a_character_and_one_that_is_not_folded_at_all_are_read(tmp_path):
    text = calendar("SUMMARY:Überall\nDESCRIPTION:One\nBegin with care\nEnd: of it\nDTSTART:20240517T090000").encode()
    at = text.index("Ü".encode()) + 1
    path = tmp_path / "folded.ics"
    path.write_bytes(text[:at] + b"\r\n " + text[at:])
    talk = load_schedule(path, zone="Europe/Berlin").talks[0]
    assert talk.title == "Überall" and talk.abstract.split("\n") == ["One", "Begin with care", "End: of it"]


def test_a_changed_repetition_replaces_the_first_one_and_others_stay_apart(tmp_path):
    events = [
        "UID:a\nSUMMARY:Daily\nDTSTART:20250601T090000\nRRULE:FREQ=DAILY;COUNT=3",
        "UID:a\nRECURRENCE-ID:20250601T090000\nSUMMARY:Daily, later\nDTSTART:20250601T100000",
        "SUMMARY:No uid\nDTSTART:20250601T110000",
        "SUMMARY:No uid either\nDTSTART:20250601T110000",
    ]
    talks = load(calendar(*events), tmp_path).talks
    assert sorted(talk.title for talk in talks) == ["Daily", "Daily", "Daily, later", "No uid", "No uid either"]


def test_titles_that_a_program_escaped_are_plain_again(tmp_path):
    talks = load(calendar("SUMMARY:Bits &amp\\; Bytes &#8211\\; more\nDTSTART:20250601T090000"), tmp_path).talks
    assert talks[0].title == "Bits & Bytes – more"
