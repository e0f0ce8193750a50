"""The sync station: a desk where everybody plugs in. Each device has an archive of its own in devices/DEVICE.

Its owner takes it home as a file: a download in the local network, with an address that nobody can guess and that
expires. The key for sharing is in it, so that the owner can change and delete at home what was shared at the desk.
"""

import io
import secrets
import socket
import threading
import time
import zipfile
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from clapmark.archive.archive import SETTINGS_NAME, Archive, init_archive, is_journal_name
from clapmark.base import durable
from clapmark.base.errors import UsageError
from clapmark.base.foreign_text import quoted
from clapmark.crowd.share_state import ARCHIVE_KEY, ShareState, read_state, shared_slugs, write_key, write_state

KEPT_S = 15 * 60
_FOLDER = "devices"
_MAX_FILES = 20_000
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def device_archive(station: Archive, device: str) -> Archive:
    """Return the archive of a device: created if it is new, with the station's schedules and hubs.

    Raises OSError, and UsageError for a device whose name is no serial number.
    """
    if not is_journal_name(device, "0" * 8):
        raise UsageError(f"The device calls itself {quoted(device, 40)}, which is no serial number.")
    folder = station.writable(station.folder / _FOLDER / device / SETTINGS_NAME).parent
    if not (folder / SETTINGS_NAME).exists():
        init_archive(folder)
    archive = Archive(folder)
    archive.scratch()
    if not (folder / ARCHIVE_KEY).exists():
        write_key(archive.writable(folder / ARCHIVE_KEY))
    for slug in station.conferences():
        path = archive.writable(archive.schedule_path(slug))
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.replace_file(path, station.schedule_path(slug).read_bytes())
    for slug in shared_slugs(station):
        state = read_state(station, slug)
        if state is not None and read_state(archive, slug) is None:
            write_state(archive, slug, ShareState(state.hub, state.code))
    return archive


def packed(archive: Archive) -> bytes:
    """Return an archive as a zip file, with the key and what was shared, without other derived files."""
    out = io.BytesIO()
    name = f"clapmark-{archive.folder.name}"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        paths = sorted(path for path in archive.folder.rglob("*") if path.is_file() and not path.is_symlink())
        for path in paths[:_MAX_FILES]:
            inside = path.relative_to(archive.folder)
            is_derived = inside.parts[0] == ".clapmark" and not inside.as_posix().startswith(".clapmark/share")
            if not is_derived:
                target.write(path, Path(name) / inside)
    return out.getvalue()


@dataclass(frozen=True)
class _Offer:
    name: str
    data: bytes
    until_s: float


class Downloads:
    """A small web server for the local network; each file has an address of its own, for a quarter of an hour."""

    def __init__(self, kept_s: float = KEPT_S, host: str = "0.0.0.0") -> None:  # noqa: S104  # nosec B104 # the desk's network
        self._kept_s = kept_s
        self._offers: dict[str, _Offer] = {}
        self._lock = threading.Lock()
        downloads = self

        class Handler(BaseHTTPRequestHandler):
            """Answers GET of what is offered."""

            timeout = 20
            server_version = "clapmark"
            sys_version = ""

            def do_GET(self) -> None:  # of the library
                offer = downloads.find(self.path)
                self.send_response(200 if offer else 404)
                for key, value in _HEADERS.items():
                    self.send_header(key, value)
                data = offer.data if offer else b"This download has expired. Plug the device in again.\n"
                if offer:
                    self.send_header("Content-Disposition", f'attachment; filename="{offer.name}"')
                self.send_header("Content-Type", "application/zip" if offer else "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:  # noqa: ANN401
                """Log nothing: addresses are personal."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def offer(self, name: str, data: bytes) -> str:
        """Offer a file; return its address."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            now_s = time.monotonic()
            self._offers = {key: one for key, one in self._offers.items() if one.until_s > now_s}
            self._offers[token] = _Offer(name, data, now_s + self._kept_s)
        return f"http://{local_address()}:{self._server.server_address[1]}/{token}/{name}"

    def find(self, path: str) -> _Offer | None:
        """Return what is offered at the path of an address; None if there is nothing, or no longer."""
        token, _, name = path.lstrip("/").partition("/")
        with self._lock:
            found = self._offers.get(token)
            if found is not None and found.until_s <= time.monotonic():
                del self._offers[token]
                found = None
        return found if found is not None and found.name == name else None

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def local_address() -> str:
    """Return this machine's address in the local network; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
