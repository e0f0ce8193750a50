"""`clapmark sync --share`: share right after a sync; with --watch, a desk where everybody plugs in."""

import time
from collections.abc import Callable

from clapmark.archive.archive import Archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.words import counted
from clapmark.commands.crowd.share import summary
from clapmark.commands.device.connection import connected, progress_bar
from clapmark.conference import Conference
from clapmark.crowd.hub_client import OfflineError
from clapmark.crowd.share_state import read_key, read_state, shared_slugs
from clapmark.crowd.sharing import Sharing
from clapmark.crowd.station import KEPT_S, Downloads, device_archive, packed
from clapmark.sync.sync import SyncResult, sync

_ATTEMPTS = 2  # somebody waits at the desk; what is left is sent at the next sync


def check_shared(archive: Archive) -> None:
    """Raise UsageError if no conference of the archive is shared."""
    if not shared_slugs(archive):
        raise UsageError("No conference is shared yet: `clapmark share --to URL --code CODE` says with which hub.")


def share_all(environment: Environment, archive: Archive) -> None:
    """Share every conference that is shared; where the hub cannot be reached, say that it waits."""
    for slug in shared_slugs(archive):
        state = read_state(archive, slug)
        if state is None:
            continue
        sharing = Sharing(Conference(archive, slug), state, read_key(environment.variables, archive))
        try:
            with archive.lock():
                environment.tell(summary(sharing.share(time.sleep, environment.tell, _ATTEMPTS)))
        except OfflineError as error:
            environment.tell(f"{error} The marks of {slug} wait; the next sync sends them.")
        except ClapmarkError as error:  # the sync itself has succeeded
            environment.tell(f"{slug} was not shared: {error}")


class Station:
    """Syncs each device into its own archive, shares it, and offers it as a download."""

    def __init__(self, environment: Environment, archive: Archive) -> None:
        self._environment = environment
        self._archive = archive
        self._downloads = Downloads()

    def sync(self, port: str, report: Callable[[SyncResult], None]) -> None:
        """Sync with the device at `port`. Raises as `sync` does."""
        environment = self._environment
        with connected(environment, port) as client, progress_bar(environment, "Sync") as advance:
            archive = device_archive(self._archive, client.hello().device)
            result = sync(client, archive, environment, advance, environment.utc_offset_s())
        report(result)
        share_all(environment, archive)
        data = packed(archive)
        address = self._downloads.offer(f"clapmark-{archive.folder.name}.zip", data)
        environment.tell(
            f"Take your archive home ({counted(len(data), 'byte')}), for {KEPT_S // 60} minutes: {address}"
        )
        if environment.is_terminal:
            import segno  # noqa: PLC0415  # only a terminal shows it

            segno.make(address, error="l").terminal(out=environment.stderr, compact=True)
