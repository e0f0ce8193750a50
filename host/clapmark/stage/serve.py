"""Running the stage: the web server, the device's thread, and the schedule, which may be replaced while it runs."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from clapmark.archive.archive import Archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.stage.commands import CommandError
from clapmark.stage.device_link import DeviceLink, Event
from clapmark.stage.source import Source
from clapmark.stage.stage import Stage
from clapmark.sync.sync import SyncResult, sync

FIRST_PORT = 8020
_SCHEDULE_S = 3.0
_LOOPBACK = "127.0.0.1"


def listen(address: str, wanted: int | None) -> socket.socket:
    """Return a socket that listens at `address`, at the port `wanted`, or at 8020 or the next free one.

    Raises ClapmarkError, with a sentence, if the port is in use or the address is not this computer's.
    """
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    except ValueError as error:
        raise ClapmarkError(
            f"--bind takes an address of this computer, such as 192.168.1.20 or 0.0.0.0 for all, not {address!a:.60}."
        ) from error
    for port in (wanted,) if wanted else (*range(FIRST_PORT, FIRST_PORT + 10), 0):
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address, port))
            bound.listen(256)
        except OSError as error:
            bound.close()
            if error.errno in {99, 10049}:  # EADDRNOTAVAIL, and on Windows
                raise ClapmarkError(
                    f"{address} is no address of this computer. --bind 0.0.0.0 listens at all of them."
                ) from error
            continue
        return bound
    raise ClapmarkError(
        f"Port {wanted} of {address} is in use: perhaps another stage runs. End it, choose another port with "
        "--http-port, or omit the option."
    )


def shown_address(address: str) -> str:
    """Return the address by which a phone finds this computer, for one that it listens at."""
    if not ipaddress.ip_address(address).is_unspecified:
        return f"[{address}]" if ":" in address else address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing; the system chooses the address that it would use
        return str(probe.getsockname()[0])
    return _LOOPBACK


class Runner:
    """Gives a stage its device, its syncs and its schedule, while the web server runs."""

    def __init__(
        self,
        stage: Stage,
        environment: Environment,
        *,
        port: str | None,
        with_device: bool,
        archive: Archive | None,
        source: Source | None,
    ) -> None:
        self.stage = stage
        self._environment = environment
        self._port = port
        self._with_device = with_device
        self._archive = archive
        self._source = source
        self.link: DeviceLink | None = None

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Run what runs beside the web server."""
        loop = asyncio.get_running_loop()

        def post(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.stage.on_event, event)

        tasks = []
        if self._with_device:
            self.link = DeviceLink(self._port, self._environment, post)
            self.stage.control = self.link.control  # type: ignore[assignment]  # a concurrent future, which is wrapped
            self.stage.sync = self._sync_here if self._archive else None  # type: ignore[assignment]
            self.link.start()
        if self._source is not None:
            tasks.append(asyncio.create_task(self._follow_schedule(self._source)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            if self.link is not None:
                await asyncio.to_thread(self.link.stop)

    async def _sync_here(self) -> str:
        assert self._archive is not None  # noqa: S101  # nosec B101 # for the type checker
        result = await self.sync_into(self._archive.folder)
        return f"{result.new} new records are in the archive." if result.new else "Nothing is new on the device."

    async def sync_into(self, folder: Path) -> SyncResult:
        """Sync the device into the archive in `folder`. Raises ClapmarkError."""
        if self.link is None or not self.stage.is_connected:
            raise CommandError("No device is connected to the stage, so there is nothing to sync.")
        archive = Archive(folder)
        environment = self._environment

        def job(client: Any, _hello: Any) -> SyncResult:  # noqa: ANN401
            return sync(client, archive, environment, None, environment.utc_offset_s())

        return await asyncio.wrap_future(self.link.submit(job))

    async def _follow_schedule(self, source: Source) -> None:
        stamp = source.stamp()
        while True:
            await asyncio.sleep(_SCHEDULE_S)
            newest = source.stamp()
            if newest == stamp:
                continue
            stamp = newest
            if newest is None:  # perhaps only until it is written again
                self._environment.tell("The schedule's file is gone. The running order stays as it is.")
                continue
            try:
                newer = await asyncio.to_thread(source.read)
            except (ClapmarkError, OSError) as error:
                self._environment.tell(f"The schedule was replaced, but cannot be used: {error} The old one stays.")
                continue
            self.stage.use_rundown(newer)
            self._environment.tell("The schedule was replaced: the running order is the new one.")
