"""iCalendar: what pretalx writes, what other programs write, and calendars that are meant to hurt."""

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


def test_what_is_no_talk_is_left_out_and_told(tmp_path):
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
        "Events that were left out, without a time of day: 1.",
        "Events that were left out, cancelled: 1.",
        "Events that repeat, of which only the first time was taken: 1.",
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
    ("event", "message"),
    [
        ("SUMMARY:A\nDTSTART:soon", 'event 1: "soon" stands in DTSTART where a time'),
        ("SUMMARY:A", "event 1: nothing stands in DTSTART"),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDTEND:20240518", '"20240518" stands in DTEND'),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDURATION:20240518", '"20240518" stands in DURATION where a duration'),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDURATION:P400D", "720 hours after its start"),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDURATION:P999999999999D", "stands in DURATION"),
        ("SUMMARY:A\nDTSTART:00010517T090000", "stands in DTSTART"),
        ("SUMMARY:A\nDTSTART:20240517T090000\nDTEND:20240517T080000", "-1 hours after its start"),
        ("SUMMARY\nDTSTART:20240517T090000", '"SUMMARY" is no line of iCalendar'),
    ],
)
def test_a_wrong_value_is_named_with_the_event(event, message, tmp_path):
    with pytest.raises(ScheduleError, match=message):
        load(calendar(event), tmp_path)


def test_a_calendar_that_is_cut_is_told(tmp_path):
    with pytest.raises(ScheduleError, match="its VEVENT has no end"):
        load(calendar("SUMMARY:A")[:-30], tmp_path)


def test_calendars_that_are_meant_to_hurt_cost_little(tmp_path):
    rule = "BEGIN:VTIMEZONE\nTZID:Mars\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=SECONDLY\n"
    rule += "TZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE"
    with pytest.raises(UsageError, match='"Mars", which is no IANA zone'):
        load(calendar("SUMMARY:A\nDTSTART;TZID=Mars:20240517T090000", head=rule), tmp_path)
    with pytest.raises(ScheduleError, match="nested deeper"):
        load("BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 100_000, tmp_path)
    with pytest.raises(ScheduleError, match="event 1: SUMMARY is longer than in any schedule"):
        load(calendar("SUMMARY" + ";X=Y" * 100_000 + ":A"), tmp_path)
    with pytest.raises(ScheduleError, match="more than the 5000 talks"):
        load(calendar(*["SUMMARY:A"] * 5001), tmp_path)
    names = (f"SUMMARY:{n}\nDTSTART;TZID=No/Such{n}:20240517T090000" for n in range(2000))
    assert len(load(calendar(*names), tmp_path, "UTC").talks) == 2000
