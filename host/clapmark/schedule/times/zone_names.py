"""The names that programs give to time zones, in addition to IANA's.

Sources: IANA's tz database; Unicode CLDR's Windows names (in the library `icalendar`); the names of Ruby on Rails
(`ActiveSupport::TimeZone::MAPPING`), which frab writes; RFC 5545 for prefixes such as `/example.org/`.
"""

import re
from functools import cache
from zoneinfo import available_timezones

from clapmark.base.fold_names import fold

# Rails names whose city is not the last part of an IANA name
_RAILS = {
    "international date line west": "Etc/GMT+12",
    "midway island": "Pacific/Midway",
    "american samoa": "Pacific/Pago_Pago",
    "hawaii": "Pacific/Honolulu",
    "alaska": "America/Juneau",
    "pacific time (us & canada)": "America/Los_Angeles",
    "mountain time (us & canada)": "America/Denver",
    "central time (us & canada)": "America/Chicago",
    "eastern time (us & canada)": "America/New_York",
    "arizona": "America/Phoenix",
    "guadalajara": "America/Mexico_City",
    "saskatchewan": "America/Regina",
    "central america": "America/Guatemala",
    "bogota": "America/Bogota",
    "quito": "America/Lima",
    "indiana (east)": "America/Indiana/Indianapolis",
    "atlantic time (canada)": "America/Halifax",
    "georgetown": "America/Guyana",
    "puerto rico": "America/Puerto_Rico",
    "newfoundland": "America/St_Johns",
    "brasilia": "America/Sao_Paulo",
    "buenos aires": "America/Argentina/Buenos_Aires",
    "greenland": "America/Nuuk",
    "mid-atlantic": "Atlantic/South_Georgia",
    "cape verde is.": "Atlantic/Cape_Verde",
    "edinburgh": "Europe/London",
    "bern": "Europe/Zurich",
    "west central africa": "Africa/Algiers",
    "kyiv": "Europe/Kyiv",
    "istanbul": "Europe/Istanbul",
    "harare": "Africa/Harare",
    "pretoria": "Africa/Johannesburg",
    "st. petersburg": "Europe/Moscow",
    "abu dhabi": "Asia/Muscat",
    "ekaterinburg": "Asia/Yekaterinburg",
    "islamabad": "Asia/Karachi",
    "chennai": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "sri jayawardenepura": "Asia/Colombo",
    "astana": "Asia/Almaty",
    "hanoi": "Asia/Bangkok",
    "beijing": "Asia/Shanghai",
    "osaka": "Asia/Tokyo",
    "sapporo": "Asia/Tokyo",
    "canberra": "Australia/Canberra",
    "new caledonia": "Pacific/Noumea",
    "marshall is.": "Pacific/Majuro",
    "solomon is.": "Pacific/Guadalcanal",
    "wellington": "Pacific/Auckland",
    "nuku'alofa": "Pacific/Tongatapu",
    "tokelau is.": "Pacific/Fakaofo",
    "chatham is.": "Pacific/Chatham",
    # what Outlook and Google show instead
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "us/eastern standard time": "America/New_York",
    "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "washington dc": "America/New_York",
    "boston": "America/New_York",
    "munich": "Europe/Berlin",
    "hamburg": "Europe/Berlin",
    "frankfurt": "Europe/Berlin",
    "cologne": "Europe/Berlin",
    "barcelona": "Europe/Madrid",
    "milan": "Europe/Rome",
    "bengaluru": "Asia/Kolkata",
    "bangalore": "Asia/Kolkata",
}  # fmt: skip

# abbreviations, and the places that people mean by them; the first is the most likely
ABBREVIATIONS = {
    "EST": ("America/New_York",),
    "EDT": ("America/New_York",),
    "ET": ("America/New_York",),
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "CDT": ("America/Chicago",),
    "CT": ("America/Chicago",),
    "MST": ("America/Denver", "America/Phoenix"),
    "MDT": ("America/Denver",),
    "MT": ("America/Denver",),
    "PST": ("America/Los_Angeles",),
    "PDT": ("America/Los_Angeles",),
    "PT": ("America/Los_Angeles",),
    "AKST": ("America/Anchorage",),
    "AKDT": ("America/Anchorage",),
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "ADT": ("America/Halifax",),
    "NST": ("America/St_Johns",),
    "NDT": ("America/St_Johns",),
    "BRT": ("America/Sao_Paulo",),
    "ART": ("America/Argentina/Buenos_Aires",),
    "BST": ("Europe/London",),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "WEST": ("Europe/Lisbon",),
    "CEST": ("Europe/Berlin", "Europe/Paris"),
    "MEZ": ("Europe/Berlin",),
    "MESZ": ("Europe/Berlin",),
    "EEST": ("Europe/Helsinki", "Europe/Athens"),
    "MSK": ("Europe/Moscow",),
    "TRT": ("Europe/Istanbul",),
    "SAST": ("Africa/Johannesburg",),
    "WAT": ("Africa/Lagos",),
    "CAT": ("Africa/Maputo",),
    "EAT": ("Africa/Nairobi",),
    "GST": ("Asia/Dubai",),
    "PKT": ("Asia/Karachi",),
    "ICT": ("Asia/Bangkok",),
    "WIB": ("Asia/Jakarta",),
    "SGT": ("Asia/Singapore",),
    "HKT": ("Asia/Hong_Kong",),
    "PHT": ("Asia/Manila",),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "AWST": ("Australia/Perth",),
    "ACST": ("Australia/Adelaide", "Australia/Darwin"),
    "ACDT": ("Australia/Adelaide",),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "AEDT": ("Australia/Sydney",),
    "NZST": ("Pacific/Auckland",),
    "NZDT": ("Pacific/Auckland",),
}
# names of IANA that are an offset all year round, while people mean a place with summer time
WITHOUT_SUMMER_TIME = {"EST": ABBREVIATIONS["EST"], "MST": ABBREVIATIONS["MST"]}

_OFFSET_NAMES = frozenset(("utc", "uct", "gmt", "z", "zulu", "universal", "greenwich", "coordinated universal time"))
_OFFSET = re.compile(r"(?:etc/)?(utc|gmt|uct)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?(?::?00)?", re.IGNORECASE)
_OUTLOOK = re.compile(r"\((?:UTC|GMT)[^()]{0,12}\)\s*(.+)", re.IGNORECASE)  # "(UTC+01:00) Amsterdam, Berlin, Bern"


def iana_name(name: str) -> str:
    """Return the IANA name of a place that `name` means, "" if it means none.

    Offsets and UTC are no places: "" as well. Taken are IANA names in any case, also behind a prefix such as
    `/example.org/`, Windows' and Rails' names, cities, and the names with an offset in front that Outlook shows.
    """
    text = name.strip().strip('"').strip()
    if not text or len(text) > 200 or is_offset(text):
        return ""
    outlook = _OUTLOOK.fullmatch(text)
    if outlook is not None:
        pieces = [outlook[1], *re.split(r"[,;]", outlook[1])]
        return next((found for piece in pieces if (found := iana_name(piece))), "")
    parts = text.strip("/").split("/")
    candidates = [text, "/".join(parts[-2:]), "/".join(parts[-3:])] if len(parts) > 1 else [text]
    tables = (_iana(), _windows(), _RAILS, _cities())
    return next((table[key] for one in candidates for table in tables if (key := _key(one)) in table), "")


def is_offset(name: str) -> bool:
    """Return whether `name` is UTC or an offset from it, such as `GMT+0200`, `Etc/GMT-2`: it names no place."""
    text = name.strip().strip('"').strip()
    plain = text.casefold().removeprefix("etc/").removeprefix("tzone://microsoft/").removesuffix("0")
    return plain in _OFFSET_NAMES or _OFFSET.fullmatch(text) is not None


def offset_minutes(name: str) -> int | None:
    """Return the minutes east of UTC of a name of an offset, None if it is none. `Etc/GMT-2` is two hours east."""
    if not is_offset(name):
        return None
    match = _OFFSET.fullmatch(name.strip().strip('"').strip())
    if match is None:
        return 0
    minutes = int(match[3]) * 60 + int(match[4] or 0)
    is_east = (match[2] == "+") != name.strip().casefold().startswith("etc/")  # POSIX counts westwards
    return minutes if is_east else -minutes


def _key(name: str) -> str:
    return fold(name.replace("_", " "))


@cache
def all_zones() -> frozenset[str]:
    """Return the IANA names that this machine knows."""
    return frozenset(name for name in available_timezones() if not name.startswith(("posix/", "right/")))


@cache
def _iana() -> dict[str, str]:
    return {_key(name): name for name in all_zones()}


@cache
def _windows() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # # takes a while to import

    return {_key(name): zone for name, zone in WINDOWS_TO_OLSON.items() if not is_offset(zone)}


@cache
def _cities() -> dict[str, str]:
    """Return the zones by their last part, where it means one place: `berlin`, `new york`."""
    found: dict[str, set[str]] = {}
    for name in _iana().values():
        area, _, city = name.rpartition("/")
        if area.split("/")[0] in _AREAS:
            found.setdefault(_key(city), set()).add(name)
    # America/Indiana/Indianapolis and America/Indianapolis are one place under two names
    return {city: max(names, key=len) for city, names in found.items() if len({n.split("/")[0] for n in names}) == 1}


_AREAS = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
