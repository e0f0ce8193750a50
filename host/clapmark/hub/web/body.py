"""The body of a request, bounded in bytes and in time, also when it is packed."""

import asyncio
import zlib

from starlette.requests import ClientDisconnect, Request

from clapmark.hub.store.limits import Limits


class BodyError(Exception):
    """The body is not taken. `status` is the HTTP status, `reason` a short name."""

    def __init__(self, status: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the body, unpacked if it is gzip. Raises BodyError."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:12]) > limits.body:
        raise BodyError(413, "too-large", f"A request has at most {limits.body} bytes.")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise BodyError(415, "encoding", "A request may be packed with gzip, and with nothing else.")
    try:
        async with asyncio.timeout(limits.body_s):
            data = await _pieces(request, limits.body)
    except TimeoutError as error:
        raise BodyError(408, "slow", f"The body was not there within {limits.body_s:g} s.") from error
    except ClientDisconnect as error:
        raise BodyError(400, "cut", "The connection ended within the body.") from error
    return _unpacked(data, limits.body) if encoding == "gzip" else data


async def _pieces(request: Request, limit: int) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > limit:
            raise BodyError(413, "too-large", f"A request has at most {limit} bytes.")
    return bytes(data)


def _unpacked(data: bytes, limit: int) -> bytes:
    """Return what gzip packed; stops behind `limit` bytes, however much a small file would become."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise BodyError(400, "malformed", "The body is not gzip.") from error
    if len(plain) > limit or unpacker.unconsumed_tail:
        raise BodyError(413, "too-large", f"A request has at most {limit} bytes, unpacked.")
    if not unpacker.eof:
        raise BodyError(400, "malformed", "The packed body is not complete.")
    return plain
