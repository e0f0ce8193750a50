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
    "title": "titel titre titulo titolo tittel talk_title session_title proposal_title event_title "
    "presentation_title talk session_name event_name subject betreff vortrag vortragstitel "
    "presentation veranstaltung beitrag thema topic session event programmpunkt summary name "
    "activity タイトル 題名 演題 标题 標題 题目 主题 제목 tytul baslik nazev nazwa naslov название",
    "date": "day datum tag start_date startdate startdatum session_date event_date fecha data jour giorno "
    "dia dag 日付 日時 開催日 日期 날짜 tarih dzien den дата",
    "start": "start_time starttime time_start start_datetime start_date_time date_start start_at starts_at "
    "startsat starts begin begins begin_time beginn beginning anfang startzeit start_uhrzeit dtstart "
    "scheduled_start schedule_start session_start from von ab heure_debut debut hora_inicio inicio "
    "inizio ora_inizio datetime date_time date_and_time scheduled_at when uhrzeit zeit time heure hora ora "
    "tijd time_slot timeslot slot 開始 開始時間 開始時刻 开始 开始时间 開始時間 时间 "
    "시작 시작시간 poczatek godzina baslangic "
    "baslangic_saati saat zacatek starttid начало время",
    "end": "end_time endtime time_end end_datetime end_date_time date_end end_at ends_at endsat ends ende "
    "endzeit end_uhrzeit dtend scheduled_end schedule_end session_end to bis until till finish finish_time stop "
    "heure_fin fin hora_fin fine ora_fine einde 終了 終了時間 終了時刻 结束 结束时间 結束時間 종료 koniec bitis "
    "bitis_saati konec sluttid slut fin конец",
    END_DATE: "enddate enddatum",
    "duration": "length schedule_duration dauer duration_minutes duration_min duration_mins duration_in_minutes "
    "minutes minuten "
    "min mins length_min length_minutes dauer_min dauer_minuten lange duree duracion durata duur 時間数 "
    "时长 時長 czas_trwania sure delka varaktighet продолжительность",
    "room": "raum location ort saal hall place venue stage buhne room_name roomname session_room salle sala "
    "lieu lugar luogo zaal auditorium where microlocation area 会場 部屋 場所 地点 地點 会议室 會場 장소 salon oda "
    "mistnost lokal stue зал",
    "speakers": "speaker speaker_s speaker_names speaker_name speakernames speaker_full_name presenters "
    "presenter presenter_s authors author author_s referenten referent referentin referent_in "
    "referent_innen vortragende vortragender vortragende_r sprecher sprecherin redner rednerin "
    "fullname full_name intervenants intervenant orateurs orateur conferencier ponentes ponente "
    "relatori relatore sprekers spreker lecturer lecturers instructor instructors panelists "
    "persons people host hosts by who names name 登壇者 発表者 講演者 スピーカー 讲者 講者 演讲者 发言人 발표자 "
    "prelegent prelegenci konusmaci konusmacilar prednasejici talare foredragsholder intervenantes "
    "conferenciers oradores orador palestrante palestrantes докладчик спикер",
    "abstract": "description desc beschreibung kurzbeschreibung zusammenfassung inhalt abstrakt talk_abstract "
    "session_description long_description long_abstract short_abstract resume resumen descripcion "
    "descrizione details summary text body content 概要 内容 摘要 简介 説明 opis ozet popis beskrivning "
    "описание",
    "url": "link website webseite web href session_url talk_url event_url permalink page",
    "track": "category kategorie categoria categorie theme stream strang tracks track_name",
    "kind": "type typ art talk_format session_format session_type talk_type submission_type format",
    "id": "submission_id session_id talk_id proposal_id event_id nr no number nummer",
    "code": "submission_code",
    "guid": "uid uuid",
    "recording_url": "recording video video_url recording_link video_link aufzeichnung",
}

_PREFIX = re.compile(r"^(?:event|session|talk|presentation|programme?|slot|item|vortrags?)_(?=.)")
_INCLUSIVE = re.compile(r"(?:_(?:e|s|es|in|innen|n|r|a|as|os|x))+$")


def column_name(heading: str) -> str:
    """Return a heading as it is compared: folded, with `_` for everything that is no letter or digit."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading.strip())  # camel case
    return re.sub(r"[^\w]+|_+", "_", fold(spaced)).strip("_")


def meanings(headings: Sequence[str]) -> list[str]:
    """Return what each column means: a name of `COLUMNS` or `END_DATE`, or "" for a column that is not read."""
    names = [column_name(heading) for heading in headings]
    # of each meaning the columns that may have it, with the rank of their name
    fitting: dict[str, list[tuple[int, int]]] = {}
    for index, heading in enumerate(headings):
        for penalty, name in enumerate(_spellings(heading)):
            for meaning, rank in _RANKS.get(name.replace("_", ""), ()):
                fitting.setdefault(meaning, []).append((penalty * 1000 + rank, index))
    found = [""] * len(names)
    for meaning in (*COLUMNS, END_DATE):
        free = next((index for _, index in sorted(fitting.get(meaning, ())) if not found[index]), None)
        if free is not None:
            found[free] = meaning
    return _with_the_rest(names, found)


def _spellings(heading: str) -> list[str]:
    """Return the names that a heading may be read as, the literal one first.

    "Length (in minutes)" may be "Length"; "Room / Location" either of the two; "Event Start Date" may be "Start Date",
    "Heure de début" "heure_debut", and "Intervenant·e·s" "intervenant".
    """
    found = [column_name(heading)]
    pieces = re.split(r"[/|\n]", re.sub(r"[(\[][^()\[\]]*[)\]]", " ", heading))
    for plain in filter(None, map(column_name, pieces)):
        short = re.sub(r"_(?:de|du|des|di|do|da|d|of|der|am)_", "_", plain)
        found += [plain, short, re.sub(_PREFIX, "", short), re.sub(_INCLUSIVE, "", short)]
    return list(dict.fromkeys(name for name in found if name))


def _ranks() -> dict[str, list[tuple[str, int]]]:
    """Return what each name may mean, with its rank among the names of that meaning: 0 is the most telling."""
    ranks: dict[str, list[tuple[str, int]]] = {}
    for meaning in (*COLUMNS, END_DATE):
        for rank, name in enumerate((meaning, *SYNONYMS.get(meaning, "").split())):
            ranks.setdefault(fold(name.replace("_", "")), []).append((meaning, rank))
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
