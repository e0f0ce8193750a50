"""Sharing a conference: what the hub has not, or has otherwise, is sent; what no longer counts is taken back.

A push can be repeated: its rev is kept before the first byte leaves, and what the hub has acknowledged is kept after.
Whatever ends in between, the next run sends the rest again, with a higher rev.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from clapmark.conference import Conference
from clapmark.crowd.collect import Collected, collect
from clapmark.crowd.hub_client import HubClient, HubError, HubRequest, OfflineError, wait_s
from clapmark.crowd.mark import SharedMark, contributor_key, contributor_token
from clapmark.crowd.published import Published, read_published
from clapmark.crowd.share_state import ShareState, fingerprint, remove_state, write_state
from clapmark.crowd.wire import Push, WireError, batches, read_ids, request_bytes, to_bytes

BATCH = 500
ATTEMPTS = 5  # until the command gives up; nothing is lost, and the next run continues
Sleep = Callable[[float], None]


@dataclass
class Shared:
    """What came of sharing one conference."""

    title: str = ""
    sent: int = 0
    taken_back: int = 0
    unknown_talks: list[str] = field(default_factory=list)
    collected: Collected = field(default_factory=lambda: Collected(()))


class Sharing:
    """One conference of an archive and its hub."""

    def __init__(self, conference: Conference, state: ShareState, master: bytes) -> None:
        self.conference = conference
        self.state = state
        self.client = HubClient(state.hub)
        self._key = contributor_key(master, state.hub, conference.slug)
        self._token = contributor_token(self._key)

    def requests(self) -> Iterator[HubRequest]:
        """Return the requests that would be sent now; nothing is sent or kept."""
        if self.state.rev == 0:
            yield self._post("/api/1/mine", request_bytes(self.state.code, self._token))
        changed, gone = self._changes(collect(self.conference, self._key))
        for marks, ids in batches(changed, gone, BATCH):
            yield self._push(Push(self.state.code, self._token, self.state.rev + 1, marks, ids))

    def share(self, sleep: Sleep, tell: Callable[[str], None], attempts: int = ATTEMPTS) -> Shared:
        """Send what is new; wait where the hub cannot be reached. Raises OfflineError after `attempts`, HubError.

        `attempts` 0: go on until it is done.
        """
        result = Shared(collected=collect(self.conference, self._key))
        if self.state.rev == 0:
            body = request_bytes(self.state.code, self._token)
            self._read_mine(self._patiently(self._post("/api/1/mine", body), sleep, tell, attempts))
        changed, gone = self._changes(result.collected)
        parts = batches(changed, gone, BATCH)
        if not parts and not self.state.slug:
            parts = [((), ())]  # says whether the code is right
        for marks, ids in parts:
            self.state.rev += 1
            self._keep()
            push = Push(self.state.code, self._token, self.state.rev, marks, ids)
            self._acknowledged(self._patiently(self._push(push), sleep, tell, attempts), marks, ids, result)
            self._keep()
        return result

    def forget(self, sleep: Sleep, tell: Callable[[str], None]) -> int:
        """Have the hub delete all marks of this person in the conference; end the opt-in. Return how many they were."""
        body = request_bytes(self.state.code, self._token, self.state.rev)
        answer = self._patiently(self._post("/api/1/forget", body), sleep, tell, ATTEMPTS)
        remove_state(self.conference.archive, self.conference.slug)
        count = answer.get("deleted") if isinstance(answer, dict) else None
        return count if isinstance(count, int) else 0

    def _changes(self, collected: Collected) -> tuple[list[SharedMark], list[bytes]]:
        wanted = {mark.id.hex(): mark for mark in collected.marks}
        sent = self.state.sent
        changed = [mark for name, mark in wanted.items() if sent.get(name) != fingerprint(mark)]
        return changed, [bytes.fromhex(name) for name in sent if name not in wanted]

    def _acknowledged(
        self, answer: object, marks: tuple[SharedMark, ...], ids: tuple[bytes, ...], result: Shared
    ) -> None:
        if not isinstance(answer, dict):
            raise HubError("The hub's answer cannot be read; nothing is lost. Update clapmark, and try again.")
        unknown = {name for name in answer.get("unknown_talks") or () if isinstance(name, str)}
        slug, title, rev = answer.get("conference"), answer.get("title"), answer.get("rev")
        self.state.slug = slug if isinstance(slug, str) else ""
        result.title = title if isinstance(title, str) else ""
        if isinstance(rev, int) and self.state.rev < rev < 2**31 - 1:
            self.state.rev = rev  # another laptop with the same key was here
        stored = [mark for mark in marks if mark.talk not in unknown]
        self.state.sent |= {mark.id.hex(): fingerprint(mark) for mark in stored}
        for mark_id in ids:
            self.state.sent.pop(mark_id.hex(), None)
        result.sent += len(stored)
        result.taken_back += len(ids)
        result.unknown_talks += sorted(unknown & {mark.talk for mark in marks})

    def _read_mine(self, answer: object) -> None:
        """Take over what the hub already has: a laptop that lost its state, or has the key of another one."""
        rev = answer.get("rev") if isinstance(answer, dict) else None
        try:
            ids = read_ids(answer.get("marks") if isinstance(answer, dict) else None)
        except WireError as error:
            raise HubError(f"The hub's answer cannot be read: {error}") from error
        self.state.rev = rev if isinstance(rev, int) and 0 <= rev < 2**31 - 1 else 0
        self.state.sent = {mark_id.hex(): "" for mark_id in ids}

    def _patiently(self, request: HubRequest, sleep: Sleep, tell: Callable[[str], None], attempts: int) -> object:
        failures = 0
        while True:
            try:
                return self.client.send(request)
            except OfflineError as error:
                failures += 1
                if failures == attempts:
                    raise
                pause_s = wait_s(failures, error.wait_s)
                tell(f"{error} Trying again in {pause_s:.0f} s; Ctrl-C ends, and nothing is lost.")
                sleep(pause_s)

    def _push(self, push: Push) -> HubRequest:
        return self._post("/api/1/marks", to_bytes(push))

    def _post(self, path: str, body: bytes) -> HubRequest:
        return self.client.request("POST", path, body)

    def _keep(self) -> None:
        write_state(self.conference.archive, self.conference.slug, self.state)


def fetch_crowd(address: str, slug: str) -> Published:
    """Return what a hub publishes of a conference. Raises OfflineError and HubError."""
    client = HubClient(address)
    try:
        return read_published(client.send(client.request("GET", f"/api/1/conferences/{slug}/moments")))
    except WireError as error:
        raise HubError(f"{address}: {error}") from error
