"""schedule: puts a new schedule on the device, in parts."""

import binascii

from firmware.link.request import RequestError, number, value
from firmware.link.upload import Upload
from firmware.system.json_files import SCHEDULE_PATH


async def serve(exchange, values):
    """Answer the verb."""
    upload = exchange.upload
    if not upload:
        upload = exchange.upload = Upload(SCHEDULE_PATH)
    do = value(values, "do")
    if do == b"data":
        try:
            data = binascii.a2b_base64(value(values, "data"))
        except ValueError:
            raise RequestError(b"argument", b"data")
        upload.add(number(values, "offset", 0, 1 << 24), data)
    elif do in (b"begin", b"end"):
        size = number(values, "size", 0, 1 << 24)
        crc = value(values, "crc")
        if do == b"begin":
            upload.begin(size, crc)
        elif upload.end(size, crc):
            exchange.context.on_schedule_changed()
    else:
        raise RequestError(b"argument", b"do")
    exchange.begin(b"schedule").number_field(b"offset", upload.offset)
    await exchange.send()
