"""Files that a laptop puts on the device in parts: the real Upload, and what it is sent. Runs on MicroPython."""

import binascii
import os
import sys

from firmware.link import upload as module
from firmware.link.request import RequestError
from firmware.link.upload import Upload

# one file for each process of tests: they run at the same time
PATH = f"build/{sys.argv[-1].split('/')[-1]}-{64 if sys.maxsize > 1 << 32 else 32}.txt"
PLAIN = b"a schedule of the compact kind\n" * 10
PACKED = binascii.a2b_base64(b"S1QoTs5ITSnNSVXIT1MoyUhVSM7PLUhMLlHIzsxL4UoclcYmDQA=")
SIZE = len(PLAIN)
CRC = b"%08X" % binascii.crc32(PLAIN)


def fresh():
    for path in (PATH, PATH + ".new"):
        if path.split("/")[1] in os.listdir("build"):
            os.remove(path)
    return Upload(PATH)


def content():
    try:
        with open(PATH, "rb") as file:
            return file.read()
    except OSError:
        return None


def refused(code, function, *arguments):
    try:
        function(*arguments)
    except RequestError as error:
        assert error.args[0] == code, error.args
        return True
    return False


def pack(upload, offset, at, data, length):
    """Run the coroutine to its end."""
    task = upload.add_packed(offset, at, data, length)
    try:
        while True:
            task.send(None)
    except StopIteration:
        pass


def without_asyncio():
    """Let `await asyncio.sleep_ms(0)` return at once: there is no loop here."""

    class Tasks:
        @staticmethod
        def sleep_ms(_ms):
            yield

    module.asyncio = Tasks


def stored(data):
    """Return `data` as raw deflate that stores it as it is."""
    size = len(data)
    return bytes((1, size & 255, size >> 8, size & 255 ^ 255, size >> 8 ^ 255)) + data


BYTES = bytes([(number * 7 + number // 256) & 255 for number in range(900)])


def crc_of(data):
    return b"%08X" % binascii.crc32(data)
