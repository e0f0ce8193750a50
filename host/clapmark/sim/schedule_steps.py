"""What a script sends over the cable: requests of docs/link.md, and a schedule as the requests that put it there.

The device page does the same (clapmark/web/site/device/requests.js and schedule_steps.js).
"""

import base64
import binascii
import zlib

LONGEST_REQUEST = 230  # a schedule's longest one, without its number and its CRC
_PART_BYTES = 99
_REQUEST_US = 20_000
_MOST_BYTES = 2_097_152


def frame_of(request: str, ident: int) -> bytes:
    """Return the bytes of `request` on the line; `ident` is its number, 0 to 999."""
    body = f"?{ident} {request}".encode("ascii")
    return b"\n%b *%08X\n" % (body, binascii.crc32(body))


def pack(data: bytes) -> str:
    """Return a file in the device's form as the action `schedule` has it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode("ascii")


def unpack(word: str) -> bytes:
    """Return the file that `pack` packed. Raises ValueError with the reason."""
    try:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        data = unpacker.decompress(base64.b64decode(word, validate=True), _MOST_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("the packed schedule is damaged") from error
    if not unpacker.eof:
        raise ValueError("the packed schedule is cut, or larger than 2 MB")
    return data


def requests_of(data: bytes) -> list[tuple[int, str]]:
    """Return the requests that put the file on the device, each with its time after the first in microseconds."""
    whole = f"size={len(data)} crc={binascii.crc32(data):08X}"
    requests = [f"schedule do=begin {whole}"]
    for start in range(0, len(data), _PART_BYTES):
        part = base64.b64encode(data[start : start + _PART_BYTES]).decode("ascii")
        requests.append(f"schedule do=data offset={start} data={part}")
    requests.append(f"schedule do=end {whole}")
    return [(number * _REQUEST_US, request) for number, request in enumerate(requests)]
