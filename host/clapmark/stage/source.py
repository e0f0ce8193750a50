"""Where the running order comes from: a schedule of the archive, with what clapmark.toml says of the session."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from clapmark.archive.archive import Archive, check_slug
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.schedule import Schedule, from_json
from clapmark.stage.rundown import Rundown
from clapmark.stage.session import session_near, session_of


class Source:
    """Reads the session that is on stage; the schedule may be replaced at any time."""

    def __init__(
        self, archive: Archive, environment: Environment, slug: str | None, room: str, session: str | None
    ) -> None:
        """Choose the conference. Raises UsageError if there is no such conference or session."""
        self._archive = archive
        self._environment = environment
        self._session = archive.settings.sessions.get(session) if session else None
        if session and self._session is None:
            known = ", ".join(archive.settings.sessions) or "none yet"
            raise UsageError(f"clapmark.toml has no [sessions.{session}]. There are: {known}.")
        self._slug = slug or (self._session.conference if self._session else "") or self._nearest()
        if self._slug and self._slug not in archive.conferences():
            known = ", ".join(archive.conferences()) or "none yet"
            raise UsageError(f"The archive has no conference {check_slug(self._slug)}. It has: {known}.")
        self._room = room
        self._talk_id = ""

    def read(self) -> Rundown:
        """Return the session as the schedule has it now; an empty one without a schedule."""
        schedule = self._schedule()
        if schedule is None:
            return Rundown()
        if self._session is not None:
            return session_of(schedule, self._session)
        return session_near(schedule, self._environment.utc_ms() // 1000, self._room, self._talk_id)

    def around(self, talk_id: str) -> Rundown:
        """Return the session that has the talk `talk_id`, which the device shows; an empty one if none has it."""
        schedule = self._schedule()
        if schedule is None or schedule.talk(talk_id) is None:
            return Rundown()
        self._talk_id = talk_id
        return session_near(schedule, self._environment.utc_ms() // 1000, "", talk_id)

    def stamp(self) -> object:
        """Return what changes when the schedule's file does."""
        try:
            found = self._path().stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def offset_s(self) -> int:
        """Return the room's local time minus UTC."""
        schedule = self._schedule()
        if schedule is None:
            return self._environment.utc_offset_s()
        offset = datetime.fromtimestamp(self._environment.utc_ms() / 1000, ZoneInfo(schedule.zone)).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def _path(self) -> Path:
        return self._archive.schedule_path(self._slug) if self._slug else self._archive.folder / "schedule.json"

    def _schedule(self) -> Schedule | None:
        if not self._slug or not self._path().is_file():
            return None
        return from_json(self._path().read_bytes(), file=str(self._path()))

    def _nearest(self) -> str:
        """Return the conference whose days are nearest to today, "" if the archive has none."""
        today = self._environment.now().date()
        found = []
        for slug in self._archive.conferences():
            schedule = from_json(self._archive.schedule_path(slug).read_bytes())
            away = max((schedule.start - today).days, (today - schedule.end).days, 0)
            found.append((away, slug))
        return min(found)[1] if found else ""
