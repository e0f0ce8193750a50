"""Act two of `make demo`: thirty virtual attendees pressed through the same afternoon, and share with a hub."""

import io
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from clapmark import cli
from clapmark.archive.archive import Archive, init_archive
from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.conference import Conference
from clapmark.crowd.share_state import KEY_VARIABLE
from clapmark.hub.settings import HubSettings
from clapmark.hub.store import organiser
from clapmark.hub.store.database import open_database
from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector import MAX_RECORD_BYTES

ATTENDEES = 30
_EPOCH = "00C0FFEE"
_START_S = 30


class Hub:
    """A hub on SQLite in a thread; use it in a with block."""

    def __init__(self, home: Path) -> None:
        from clapmark.hub.serve import local_server  # noqa: PLC0415  # needs the extra `hub`

        self._database = open_database(f"sqlite:///{home / 'hub.sqlite'}")
        self._database.migrate()
        self._server, self.port = local_server(HubSettings(fresh_s=0.1), self._database)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def address(self) -> str:
        """Where the hub is."""
        return f"http://127.0.0.1:{self.port}"

    def create(self, conference: Conference) -> str:
        """Create the conference and return the code for its attendees."""
        organiser.create(self._database, conference.schedule)
        return organiser.add_codes(self._database, conference.slug, 1, ATTENDEES + 1, "attendees")[0]

    def __enter__(self) -> "Hub":
        self._thread.start()
        end = time.monotonic() + _START_S
        while not self._server.started:
            if time.monotonic() > end:
                raise ClapmarkError("The demo's hub did not start.")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_START_S)


def play(home: Path, conference: Conference, say: Callable[[str], None], type_: Callable[..., None]) -> None:
    """Have the attendees share; then the user, who gets the moments into the post."""
    say(f"Act two: {ATTENDEES} others pressed through the same afternoon. Their conference has a hub.")
    with Hub(home) as hub:
        code = hub.create(conference)
        marks = sum(_share(home, conference, number, hub.address, code) for number in range(ATTENDEES))
        say(f"They shared {marks} marks. Now you.")
        type_("share", "--to", hub.address, "--code", code, archive=True)
        type_("crowd", archive=True)
        settings = conference.archive.folder / "clapmark.toml"
        text = settings.read_text(encoding="utf-8")
        durable.replace_file(settings, f"{text}\n[crowd]\nin_posts = true\n".encode())
        say("With [crowd] in_posts = true in clapmark.toml the moments are a line of the post, too.")
        type_("notes", archive=True)
    for line in conference.post_paths[0].read_text(encoding="utf-8").splitlines():
        if "crowd: " in line:
            say(line.partition(" <!--")[0])


def _share(home: Path, conference: Conference, number: int, address: str, code: str) -> int:
    """Make an attendee's archive, share it, and return how many marks it has."""
    folder = home / "attendees" / str(number)
    init_archive(folder)
    archive = Archive(folder)
    path = archive.schedule_path(conference.slug)
    durable.make_folder(path.parent)
    durable.replace_file(path, conference.archive.schedule_path(conference.slug).read_bytes())
    lines = _presses(conference, number)
    log = archive.log_path(f"{number:012x}", _EPOCH)
    durable.make_folder(log.parent)
    durable.replace_file(log, b"".join(lines))
    quiet = io.StringIO()
    environment = Environment(stdout=quiet, stderr=quiet, variables={KEY_VARIABLE: str(folder / "share.key")})
    words = ["share", "--to", address, "--code", code, "--archive", str(folder)]
    if cli.run(words, environment):
        raise ClapmarkError(f"An attendee could not share: {quiet.getvalue()}")
    return len(lines) - 2


def _presses(conference: Conference, number: int) -> list[bytes]:
    """Return a journal: most people press near the moments that the user marked too, and now and then anywhere."""
    chance = random.Random(number)  # noqa: S311  # nosec B311 # a play, not a secret
    talks = conference.marked_talks
    presses = []
    for talk in talks:
        for mark in conference.of(talk):
            if mark.when.utc_ms is not None and chance.random() < 0.35:
                presses.append((mark.when.utc_ms + chance.randint(-9_000, 9_000), talk.id, mark.tag))
        anywhere_s = chance.randrange(max(talk.end_utc_s - talk.start_utc_s, 1))
        presses.append(((talk.start_utc_s + anywhere_s) * 1000, talk.id, "note"))
    presses.sort()
    start_ms = presses[0][0] - 60_000
    lines = [_line(1, 0, "boot", reset="poweron"), _line(2, 0, "clock", utc=start_ms, err=50, source="host")]
    for seq, (utc_ms, talk_id, tag) in enumerate(presses, 3):
        lines.append(_line(seq, utc_ms - start_ms, "bookmark", tag=tag, talk=talk_id))
    return lines


def _line(seq: int, ms: int, kind: str, **fields: int | str) -> bytes:
    writer = LineWriter(MAX_RECORD_BYTES)
    writer.raw(b"%d 1 %d %s" % (seq, ms, kind.encode()))
    for key, value in fields.items():
        if isinstance(value, int):
            writer.number_field(key.encode(), value)
        else:
            writer.text_field(key.encode(), value.encode())
    writer.seal()
    return bytes(writer.view[: writer.length])
