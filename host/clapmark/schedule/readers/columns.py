"""The columns of a table, under the names that programs and people give them in several languages."""

import re
from collections.abc import Sequence

from clapmark.base.fold_names import fold

# the names as in docs/cli.md
COLUMNS = (
    "title", "date", "start", "end", "duration", "room", "speakers", "abstract", "url", "track", "kind", "id", "code",
    "guid", "recording_url",
)  # fmt: skip
END_DATE = "end_date"  # calendars have one: "Start Date,Start Time,End Date,End Time"

# the other names of each, the most telling first: where several columns fit, the first of these is taken
SYNONYMS: dict[str, str] = {
    "title": "titel titre titulo titolo tittel talk_title session_title proposal_title event_title presentation_title "
    "talk session_name event_name subject betreff vortrag vortragstitel presentation veranstaltung beitrag thema topic "
    "session event programmpunkt summary name activity",
    "date": "day datum tag start_date startdate startdatum session_date event_date fecha data jour giorno dia dag",
    "start": "start_time starttime time_start start_datetime start_date_time date_start start_at starts_at startsat "
    "starts begin begins begin_time beginn beginning anfang startzeit start_uhrzeit dtstart scheduled_start "
    "session_start from von ab heure_debut debut hora_inicio inicio inizio ora_inizio datetime date_time date_and_time "
    "scheduled_at when uhrzeit zeit time heure hora ora tijd time_slot timeslot slot",
    "end": "end_time endtime time_end end_datetime end_date_time date_end end_at ends_at endsat ends ende endzeit "
    "end_uhrzeit dtend scheduled_end session_end to bis until till finish finish_time stop heure_fin fin hora_fin fine "
    "ora_fine einde",
    END_DATE: "enddate enddatum",
    "duration": "length dauer duration_minutes duration_min duration_mins duration_in_minutes minutes minuten min mins "
    "length_min length_minutes dauer_min dauer_minuten lange duree duracion durata duur",
    "room": "raum location ort saal hall place venue stage buhne room_name roomname session_room salle sala lieu lugar "
    "luogo zaal auditorium where microlocation area",
    "speakers": "speaker speaker_s speaker_names speaker_name speakernames speaker_full_name presenters presenter "
    "presenter_s authors author author_s referenten referent referentin referent_in referent_innen vortragende "
    "vortragender vortragende_r sprecher sprecherin redner rednerin fullname full_name intervenants intervenant "
    "orateurs orateur conferencier ponentes ponente relatori relatore sprekers spreker lecturer lecturers instructor "
    "instructors panelists persons people host hosts by who names name",
    "abstract": "description desc beschreibung kurzbeschreibung zusammenfassung inhalt abstrakt talk_abstract "
    "session_description long_description long_abstract short_abstract resume resumen descripcion descrizione details "
    "summary text body content",
    "url": "link website webseite web href session_url talk_url event_url permalink page",
    "track": "category kategorie categoria categorie theme stream strang tracks track_name",
    "kind": "type typ art talk_format session_format session_type talk_type submission_type format",
    "id": "submission_id session_id talk_id proposal_id event_id nr no number nummer",
    "code": "submission_code",
    "guid": "uid uuid",
    "recording_url": "recording video video_url recording_link video_link aufzeichnung",
}


def column_name(heading: str) -> str:
    """Return a heading as it is compared: folded, with `_` for everything that is no letter or digit."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading.strip())  # camel case
    return re.sub(r"[^\w]+|_+", "_", fold(spaced)).strip("_")


def meanings(headings: Sequence[str]) -> list[str]:
    """Return what each column means: a name of `COLUMNS` or `END_DATE`, or "" for a column that is not read."""
    names = [column_name(heading) for heading in headings]
    # of each meaning the columns that may have it, with the rank of their name
    fitting: dict[str, list[tuple[int, int]]] = {}
    for index, name in enumerate(names):
        for meaning, rank in _RANKS.get(name.replace("_", ""), ()):
            fitting.setdefault(meaning, []).append((rank, index))
    found = [""] * len(names)
    for meaning in (*COLUMNS, END_DATE):
        free = next((index for _, index in sorted(fitting.get(meaning, ())) if not found[index]), None)
        if free is not None:
            found[free] = meaning
    return _with_the_rest(names, found)


def _ranks() -> dict[str, list[tuple[str, int]]]:
    """Return what each name may mean, with its rank among the names of that meaning: 0 is the most telling."""
    ranks: dict[str, list[tuple[str, int]]] = {}
    for meaning in (*COLUMNS, END_DATE):
        for rank, name in enumerate((meaning, *SYNONYMS.get(meaning, "").split())):
            ranks.setdefault(name.replace("_", ""), []).append((meaning, rank))
    return ranks


_RANKS = _ranks()


def _with_the_rest(names: list[str], found: list[str]) -> list[str]:
    """Treat further columns of speakers, `Speaker 1`, `Speaker 2`, like the first of them."""
    numbered = re.compile(r"(?:speaker|presenter|author|referent)(?:_name)?_?\d{1,2}")
    return [
        "speakers" if not meaning and numbered.fullmatch(name) else meaning
        for name, meaning in zip(names, found, strict=True)
    ]


def is_header(found: Sequence[str]) -> bool:
    """Return whether columns of these meanings are enough: a title, and a start (a column `date` may hold both)."""
    return "title" in found and ("start" in found or "date" in found)
