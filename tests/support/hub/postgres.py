"""A real PostgreSQL in a folder: Debian's programs, an ordinary user, a Unix socket and nothing else.

As root the server is started as the user `nobody`: PostgreSQL refuses to run as root.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

WHY_NOT = "no PostgreSQL here: `apt-get install postgresql` adds it, and the tests with it"
_START_S = 60


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest version, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve().parent] if on_path else []
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()], default=None)


def as_user(command: list[str]) -> list[str]:
    """Return a command that runs as an ordinary user, if this process is root's."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=INT", *command]


class Postgres:
    """One server with its data in a new folder of its own."""

    def __init__(self, settings: dict[str, str] | None = None, source: "Postgres | None" = None) -> None:
        """Make the data folder: empty, or a replica of `source`. Call `start`."""
        bin_folder = programs()
        assert bin_folder is not None, WHY_NOT
        self._bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="clap-pg-", dir="/tmp"))  # a socket's path must be short
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        if source is None:
            self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "clapmark", "-E", "UTF8", "--locale=C")
        else:
            self._run(
                "pg_basebackup", "-D", str(self.data), "-h", str(source.folder), "-p", "5432", "-U", "clapmark",
                "-R", "-X", "stream", "-c", "fast",
            )  # fmt: skip
        lines = {"listen_addresses": "''", "unix_socket_directories": f"'{self.folder}'", "max_connections": "60"}
        lines |= {"shared_buffers": "'64MB'", "log_min_messages": "fatal"} | (settings or {})
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("".join(f"{name} = {value}\n" for name, value in lines.items()))
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database for a hub."""
        return f"postgresql://clapmark@/postgres?host={self.folder}"

    def start(self) -> "Postgres":
        """Start the server and wait until it answers; after a kill it recovers first."""
        command = as_user([str(self._bin / "postgres"), "-D", str(self.data)])
        end = time.monotonic() + _START_S
        with (self.folder / "log").open("ab") as log:
            while True:
                self._server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
                while self._server.poll() is None:
                    if self.is_ready():
                        return self
                    assert time.monotonic() < end, (self.folder / "log").read_text()
                    time.sleep(0.05)
                # children of a killed server still hold its shared memory for a moment
                assert time.monotonic() < end, (self.folder / "log").read_text()
                time.sleep(0.2)

    def is_ready(self) -> bool:
        """Return whether the server answers."""
        ready = subprocess.run([self._bin / "pg_isready", "-q", "-h", self.folder], check=False)
        return ready.returncode == 0

    def kill(self) -> None:
        """End the server as a power cut does: with SIGKILL, the postmaster and all of its children."""
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
            self._server = None

    def stop(self) -> None:
        """Stop the server."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self._server = None

    def promote(self) -> None:
        """Make a replica the primary."""
        self._run("pg_ctl", "promote", "-D", str(self.data), "-w")

    def command(self, sql: str) -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = as_user([str(self._bin / program), *arguments])
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr + done.stdout
