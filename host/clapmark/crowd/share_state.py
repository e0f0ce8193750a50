"""What has been shared of a conference: where to, with which code, and what the hub has. In .clapmark/share/SLUG.json.

The file is not needed for what counts: without it `clapmark share --to URL --code CODE` asks the hub what it has. The
person's key is not in the archive, since archives are published: it is in the user's own folder.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs

from clapmark.archive.archive import Archive, check_slug
from clapmark.base import durable
from clapmark.base.errors import ClapmarkError
from clapmark.crowd.mark import KEY_BYTES, SharedMark
from clapmark.crowd.wire import normal_code

KEY_VARIABLE = "CLAPMARK_SHARE_KEY"  # names the file of the key
ARCHIVE_KEY = Path(".clapmark", "share.key")  # in an archive that a sync station made
_VERSION = 1


@dataclass
class ShareState:
    """The opt-in for one conference, and what the hub is known to have."""

    hub: str  # its address, without a slash at the end
    code: str
    slug: str = ""  # the hub's short name of the conference; "" until it has answered
    rev: int = 0  # of the last push that was begun; 0: not known what the hub has
    sent: dict[str, str] = field(default_factory=dict)  # by mark id: the fingerprint of what the hub has


def fingerprint(mark: SharedMark) -> str:
    """Return a short text that differs where two contents of a mark differ."""
    content = (mark.talk, mark.at_s, mark.error_s, mark.tag, mark.length_s)
    return hashlib.blake2b(repr(content).encode(), digest_size=6).hexdigest()


def state_path(archive: Archive, slug: str) -> Path:
    """Return where the state is."""
    return archive.folder / ".clapmark" / "share" / f"{check_slug(slug)}.json"


def read_state(archive: Archive, slug: str) -> ShareState | None:
    """Return the state, or None where the conference is not shared; a damaged file counts as none."""
    try:
        value = json.loads(state_path(archive, slug).read_bytes())
        if value.pop("version") != _VERSION or not normal_code(value["code"]):
            return None
        sent = {str(key): str(text) for key, text in value.pop("sent").items()}
        return ShareState(str(value["hub"]), str(value["code"]), str(value["slug"]), int(value["rev"]), sent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_state(archive: Archive, slug: str, state: ShareState) -> None:
    """Keep the state; on return it is on the disk. Raises OSError."""
    archive.scratch()
    path = archive.writable(state_path(archive, slug))
    durable.replace_file(path, json.dumps({"version": _VERSION, **asdict(state)}).encode())


def remove_state(archive: Archive, slug: str) -> None:
    """End the opt-in."""
    state_path(archive, slug).unlink(missing_ok=True)


def shared_slugs(archive: Archive) -> list[str]:
    """Return the conferences that are shared, sorted."""
    return [slug for slug in archive.conferences() if read_state(archive, slug) is not None]


def read_key(variables: Mapping[str, str], archive: Archive | None = None, *, is_made: bool = True) -> bytes:
    """Return the person's secret; it is made where there is none yet, unless not `is_made`. Raises ClapmarkError.

    An archive from a sync station has a key of its own. Copy the file to another laptop with the same archive: then
    the two are one person.
    """
    path = key_path(variables)
    if archive is not None and (archive.folder / ARCHIVE_KEY).exists():
        path = archive.folder / ARCHIVE_KEY
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return write_key(path) if is_made else secrets.token_bytes(KEY_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise ClapmarkError(f"{path}, the key for sharing, cannot be read: {error}.") from error
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ClapmarkError(
            f"{path} is damaged: the key for sharing has {2 * KEY_BYTES} hexadecimal digits. Restore it from a backup; "
            "a new key could not change or delete what you shared."
        )
    return key


def key_path(variables: Mapping[str, str]) -> Path:
    """Return where the person's secret is."""
    named = variables.get(KEY_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("clapmark")) / "share.key"


def write_key(path: Path) -> bytes:
    """Make a new secret in the file `path`, which only this user can read. Raises OSError."""
    key = secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # before the key is in it; replace_file keeps the mode
    durable.replace_file(path, f"{key.hex()}\n".encode())
    return key
