"""schedule: puts a new schedule on the device, in parts."""

import binascii

from firmware.core.lines.frame_limits import FILE_BYTES, LONG_REQUEST_BYTES, PACKED_BYTES
from firmware.link.request import RequestError, crc, number, value


async def serve(session, values):
    """Answer the verb."""
    do = value(values, "do")
    if do in (b"begin", b"end"):
        size = number(values, "size", 0, FILE_BYTES)
        whole_crc = crc(values)
        upload = session.open_upload()
        if do == b"begin":
            upload.begin(size, whole_crc)
        elif upload.end(size, whole_crc):
            session.drop()  # the app needs the memory now, to load it
            session.context.on_schedule_changed()
    elif do in (b"data", b"pack"):
        offset = number(values, "offset", 0, FILE_BYTES)
        at = number(values, "at", 0, PACKED_BYTES) if do == b"pack" else 0
        length = number(values, "length", 1, FILE_BYTES, 0) if do == b"pack" else 0
        try:
            data = binascii.a2b_base64(value(values, "data"))
        except ValueError:
            raise RequestError("argument", b"data")
        values.clear()  # memory is short while a block is unpacked
        upload = session.open_upload()
        if do == b"data":
            upload.add(offset, data)
        else:
            await upload.add_packed(offset, at, data, length)
    else:
        raise RequestError("argument", b"do")
    writer = session.begin(b"schedule")
    writer.number_field(b"offset", upload.offset)
    if do == b"begin" and upload.can_unpack:
        writer.number_field(b"packed", PACKED_BYTES)
        writer.number_field(b"line", LONG_REQUEST_BYTES)
    elif do == b"pack":
        writer.number_field(b"at", upload.held)
    await session.send()
