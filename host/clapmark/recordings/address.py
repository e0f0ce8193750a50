"""The address of a recording, and the one that opens it at a moment: each site has a way of its own.

Sources: YouTube and Vimeo, what their "share at" buttons give; media.ccc.de, its player reads `#t=`
(github.com/voc/voctoweb, issue 18); PeerTube, its "share" dialogue gives `?start=` and `&stop=`; plain files, W3C Media
Fragments URI 1.0, 4.2.1.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from clapmark.base.errors import UsageError
from clapmark.schedule.text import one_line, quoted

MAX_ADDRESS = 2_000
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_VIMEO_PATH = re.compile(
    r"/(?:video/|channels/[\w-]+/|groups/[\w-]+/videos/|showcase/\d+/video/|album/\d+/video/)?(\d{3,12})(?:/([0-9a-f]{6,20}))?/?"
)
# a short id (22 letters and digits without 0, O, I and l), or a UUID
_PEERTUBE_ID = r"[1-9A-HJ-NP-Za-km-z]{22}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PEERTUBE_PATH = re.compile(rf"/(?:w|videos/(watch|embed))/({_PEERTUBE_ID})/?(?:;[^/]*)?")
# sites that take a moment in their own way: host, what the path is like, the parameter, and how it says the seconds
_PARAMETERS = (
    ("twitch.tv", re.compile(r"/videos/\d+/?"), "t", "hms"),
    ("dailymotion.com", re.compile(r"/video/\w+/?"), "start", "s"),
    ("archive.org", re.compile(r"/(?:details|embed)/[^/]+/?.*"), "start", "s"),
)
_YOUTUBE_HOSTS = {"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"}
_YOUTUBE_PATHS = {"embed", "live", "shorts", "v", "e"}
# all that RFC 3986 allows in an address but what a Markdown link or a shortcode could take for its end
_SAFE = "/?:@-._~!&*+,;=%"


class Site(StrEnum):
    """Who plays the recording, which decides how a moment of it is addressed."""

    YOUTUBE = "youtube"
    VIMEO = "vimeo"
    MEDIA_CCC = "media.ccc.de"
    PEERTUBE = "peertube"
    PARAMETER = "parameter"  # Twitch, Dailymotion, the Internet Archive: the moment is a parameter of the address
    WEB = "web"  # a file or page anywhere else
    FILE = "file"  # on this laptop


@dataclass(frozen=True)
class Video:
    """A recording. `address` is plain http or https, or the path of a file; `id` is that of YouTube or Vimeo."""

    site: Site
    address: str
    id: str = ""

    def at(self, position_ms: int, length_ms: int = 0) -> str:
        """Return the address that opens the recording at `position_ms`; "" for a file, which has no address.

        A passage of `length_ms` ends there too, where the site knows how to say so. Whole seconds, rounded down.
        """
        seconds = max(position_ms, 0) // 1000
        if self.site is Site.YOUTUBE:
            return f"{self.address}{'&' if '?' in self.address else '?'}t={seconds}"
        if self.site is Site.VIMEO:
            return f"{self.address}#t={seconds}s"
        if self.site is Site.MEDIA_CCC:
            return f"{self.address}#t={seconds}"
        if self.site is Site.PEERTUBE:
            end = f"&stop={-(-(max(position_ms, 0) + length_ms) // 1000)}" if length_ms else ""
            return f"{self.address}?start={seconds}{end}"
        if self.site is Site.FILE:
            return ""
        if self.site is Site.PARAMETER:
            name, form = next((name, form) for host, _, name, form in _PARAMETERS if host == self.id)
            hours, rest = divmod(seconds, 3600)
            value = f"{hours}h{rest // 60}m{rest % 60}s" if form == "hms" else str(seconds)
            return f"{self.address}{'&' if '?' in self.address else '?'}{name}={value}"
        return f"{self.address}#t={media_fragment(position_ms, length_ms)}"

    @property
    def key(self) -> tuple[str, str]:
        """What two addresses of the same recording have in common."""
        return self.site.value, self.address if self.site is Site.PARAMETER else self.id or self.address


def parse_video(text: str) -> Video:
    """Return the recording that `text` names: an http or https address, else the path of a file.

    Raises UsageError for another kind of address, and for one that cannot be read.
    """
    text = text.strip()
    if not text or len(text) > MAX_ADDRESS or one_line(text, MAX_ADDRESS) != text:
        raise UsageError(f"{quoted(text)} is not the address of a recording: give an http or https address, or a file.")
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text):  # one letter before the colon: a drive of Windows
        return Video(Site.FILE, text)
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removeprefix("www.")
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{quoted(text)} cannot be read as an address: copy it from the browser again.") from error
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username is not None:
        raise UsageError(f"{quoted(text)} is not a web address: give one with http:// or https://, or a file.")
    peertube = _peertube(parts)
    if peertube:
        return peertube
    if port is None:
        found = _youtube(parts, host) or _vimeo(parts, host) or _with_parameter(parts, host)
        if found:
            return found
    plain = quote(text.partition("#")[0], safe=_SAFE)
    is_media_ccc = host == "media.ccc.de" and parts.path.startswith("/v/")
    return Video(Site.MEDIA_CCC if is_media_ccc else Site.WEB, plain)


def media_fragment(position_ms: int, length_ms: int) -> str:
    """Return a moment or passage as normal play time: `751`, or `751,796`."""
    start = max(position_ms, 0) // 1000
    return f"{start},{-(-(max(position_ms, 0) + length_ms) // 1000)}" if length_ms else str(start)


def _youtube(parts: SplitResult, host: str) -> Video | None:
    names = [name for name in parts.path.split("/") if name]
    if host == "youtu.be" and names and _YOUTUBE_ID.fullmatch(names[0]):
        return Video(Site.YOUTUBE, f"https://youtu.be/{names[0]}", names[0])
    if host not in _YOUTUBE_HOSTS:
        return None
    found = ""
    if names == ["watch"]:
        found = parse_qs(parts.query).get("v", [""])[0]
    elif len(names) == 2 and names[0] in _YOUTUBE_PATHS:
        found = names[1]
    if not _YOUTUBE_ID.fullmatch(found):
        return None
    return Video(Site.YOUTUBE, f"https://www.youtube.com/watch?v={found}", found)


def _peertube(parts: SplitResult) -> Video | None:
    """Return a video of a PeerTube server, which can have any host; its addresses have an id of a fixed form."""
    match = _PEERTUBE_PATH.fullmatch(parts.path)
    if match is None:
        return None
    name = match[2]
    path = f"/videos/watch/{name}" if match[1] else f"/w/{name}"
    address = quote(f"{parts.scheme.lower()}://{parts.netloc}{path}", safe=_SAFE)
    return Video(Site.PEERTUBE, address, f"{parts.netloc.lower()}/{name}")


def _with_parameter(parts: SplitResult, host: str) -> Video | None:
    """Return a video of a site that takes the moment as a parameter; one that the address has already is dropped."""
    for known, path, name, _ in _PARAMETERS:
        if host == known and path.fullmatch(parts.path):
            kept = "&".join(part for part in parts.query.split("&") if part and not part.startswith(f"{name}="))
            plain = f"{parts.scheme.lower()}://{parts.netloc}{parts.path}{'?' if kept else ''}{kept}"
            return Video(Site.PARAMETER, quote(plain, safe=_SAFE), known)
    return None


def _vimeo(parts: SplitResult, host: str) -> Video | None:
    match = _VIMEO_PATH.fullmatch(parts.path)
    if match is None or host not in {"vimeo.com", "player.vimeo.com"}:
        return None
    secret = match[2] or parse_qs(parts.query).get("h", [""])[0]  # of a video that is not listed
    secret = secret if re.fullmatch(r"[0-9a-f]{6,20}", secret) else ""
    return Video(Site.VIMEO, f"https://vimeo.com/{match[1]}{'/' if secret else ''}{secret}", match[1])
