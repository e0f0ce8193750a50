"""Makes hostile requests of the link for tests.faults.hostile.run_hostile_frames, on MicroPython."""

import binascii
import random

PLAIN = b"a schedule of the compact kind\n" * 10
PACKED = binascii.a2b_base64(b"S1QoTs5ITSnNSVXIT1MoyUhVSM7PLUhMLlHIzsxL4UoclcYmDQA=")
PLAIN_CRC = b"%08X" % binascii.crc32(PLAIN)

HOSTILE = (
    b"", b"+1", b"%201", b"1%20", b"1_0", b"0x10", b"-1", b"-", b"--1", b"1.0", b"1e3", b"%00", b"1%00", b"%0A", b"%",
    b"%G1", b"%F", b"\xff\xfe", b"%FF%FE", b"%C3", b"%ED%A0%80", b"\x00", b"\x1b[2J", b"\x7f", b"\t", b"=", b"A=A",
    b"!",    b"?1", b"*", b"*00000000", b"9" * 17, b"9" * 120, b"0" * 60, b"a" * 150, b"%25" * 40, b"%E6%BC%A2" * 12,
    b"1073741823", b"1073741824", b"1073741825", b"2147483648", b"4294967296", b"18446744073709551616", b"-86401",
    b"null", b"true", b"NaN", b"[]", b"{}", b"..", b"../x", b"__init__", b"00000000", b"FFFFFFFF", b"ffffffff", b"D:",
)  # fmt: skip
JSONS = (
    b"true", b"false", b"3", b"-1", b"null", b"[", b"]", b"{", b'"', b'"\\', b'"\\ud800"', b'"\\u0000"', b"[" * 90,
    b"1e999",    b"1" + b"0" * 100, b"1e-999", b"[1,2,3]", b'{"a":1}', b'["a","b"]', b'["a","a"]', b'[["x",5,60,20]]',
    b'[["x",5,60]]', b'[["%s",5,60,20]]' % ("ä" * 16).encode(), b'[["%s",5,60,20]]' % ("漢" * 16).encode(),
    b'[["",5,60,20]]', b'[[1,5,60,20]]', b'[["x",1e9,60,20]]', b'[["x",5,-1,20]]', b'"Saal"', b'"%s"' % (b"x" * 60),
    b"80", b"101", b"5.0", b'"\xff\xfe"', b"[[[]]]", b"tru", b"", b"  ", b"\x00", b"[1" * 40,
)  # fmt: skip
COMMANDS = (
    b"start", b"pause", b"stop", b"next", b"back", b"skip", b"talk", b"add", b"end", b"preset", b"silent", b"", b"x",
    b"__init__", b"START", b"%FF",
)  # fmt: skip
KEYS = (
    b"", b"tags", b"room", b"presets", b"silent", b"brightness", b"version", b"dim_after_s", b"nothing", b"x" * 100,
    b"%E6%BC%A2%E5%AD%97" * 6, b"%FF", b"__class__",
)  # fmt: skip
VERBS = (
    b"hello", b"time", b"get", b"commit", b"schedule", b"settings", b"status", b"screen", b"press", b"repl",
    b"schedule", b"settings", b"commit", b"control", b"control", b"watch",
)  # fmt: skip
NO_VERBS = (
    b"",
    b"x",
    b"HELLO",
    b"__init__",
    b"hello.x",
    b"../hello",
    b"\xff\xfe",
    b"hello=1",
    b"request",
    b"!",
    b"get\x00",
)


_plan = []  # requests of a good exchange that still have to come, with hostile ones in between


def pick(choices):
    return choices[random.randrange(len(choices))]


def escaped(data):
    out = b""
    for byte in data:
        out += b"%c" % byte if 0x21 <= byte <= 0x7E and byte != 0x25 else b"%%%02X" % byte
    return out


def request(device):
    """Return a verb and its `key=value` words, of which some are hostile."""
    if _plan and random.randrange(3):
        return _plan.pop(0)
    if not _plan and not random.randrange(20):
        _plan.extend(pick((_good_upload, _good_packed_upload, _bad_upload, _good_setting))())
    if not random.randrange(12):
        return pick(NO_VERBS), [pick(HOSTILE)] if random.randrange(2) else []
    verb = pick(VERBS)
    words = [key + b"=" + value for key, value in _fields(verb, device)]
    for _ in range(pick((0, 0, 1, 1, 1, 2, 3))):
        _spoil(words)
    return verb, words


def _bad_upload():
    return _good_upload(b"00000000")


def _good_upload(crc=PLAIN_CRC):
    size = b"size=%d" % len(PLAIN)
    plan = [(b"schedule", [b"do=begin", size, b"crc=" + crc])]
    for offset in range(0, len(PLAIN), 99):
        data = binascii.b2a_base64(PLAIN[offset : offset + 99])[:-1]
        plan.append((b"schedule", [b"do=data", b"offset=%d" % offset, b"data=" + data]))
    return plan + [(b"schedule", [b"do=end", size, b"crc=" + crc])]


def _good_packed_upload():
    size = b"size=%d" % len(PLAIN)
    parts = [b"data=" + binascii.b2a_base64(part)[:-1] for part in (PACKED[:18], PACKED[18:])]
    return [
        (b"schedule", [b"do=begin", size, b"crc=" + PLAIN_CRC]),
        (b"schedule", [b"do=pack", b"offset=0", b"at=0", parts[0]]),
        (b"schedule", [b"do=pack", b"offset=0", b"at=18", b"length=310", parts[1]]),
        (b"schedule", [b"do=end", size, b"crc=" + PLAIN_CRC]),
    ]


def _good_setting():
    return [
        (b"settings", [b"key=tags", b"at=0", b"more=1", b'value=["note",']),
        (b"settings", [b"key=tags", b"at=8", b"more=0", b'value="to"]']),
    ]


def _spoil(words):
    how = random.randrange(7)
    at = random.randrange(len(words)) if words else -1
    if how == 0 and words:
        words.pop(at)
    elif how == 1 and words:
        words.append(words[at])
    elif how in (2, 3) and words:
        words[at] = words[at].split(b"=")[0] + b"=" + pick(HOSTILE)
    elif how == 4:
        words.append(pick((b"x", b"=", b"=x", b"", b"\xff=1", b"x=%", b"unknown=1", b"x=" + pick(HOSTILE))))
    elif how == 5 and words and words[at]:
        word = bytearray(words[at])
        word[random.randrange(len(word))] = random.randrange(256)
        words[at] = bytes(word).replace(b"\n", b"N").replace(b"\r", b"R")
    else:
        words.append(pick((b"from", b"do", b"at", b"more", b"seq", b"key")) + b"=" + pick(HOSTILE))


def _number(low, high):
    return b"%d" % pick(
        (low, high, low - 1, high + 1, low + random.randrange(min(high - low, 1000) + 1), 1 << 31, 1 << 63)
    )


def _fields(verb, device):
    if verb == b"hello":
        return [(b"protocol", _number(0, 3))]
    if verb == b"time":
        utc = pick((b"1778812345678", b"0", b"1", b"946684799999", b"4102444800001", _number(0, 1 << 48)))
        return [(b"utc", utc), (b"err", _number(0, 1000)), (b"offset", _number(-86400, 86400))]
    if verb == b"get":
        return [(b"from", _number(1, 200)), (b"bytes", _number(1, 300))]
    if verb == b"commit":
        return _commit(device)
    if verb == b"schedule":
        return _schedule()
    if verb == b"settings":
        return _settings()
    if verb == b"press":
        return [(b"button", pick((b"A", b"B", b"C", b"X", b"AB", b"%FF"))), (b"ms", _number(1, 10_000))]
    if verb == b"watch":
        return [(b"at", _number(0, 0xFFFFFF)), (b"wait", pick((b"0", b"50", b"2000", b"2001", b"-1")))]
    if verb == b"control":
        return _control()
    return []


def _control():
    found = [(b"id", _number(1, 60)), (b"do", pick(COMMANDS))]
    if random.randrange(4):
        found.append((b"number", pick((b"0", b"1", b"-1", b"11", b"12", b"600", b"29000000", _number(-700, 700)))))
    if not random.randrange(3):
        found.append((b"talk", pick((b"", b"one", b"T" * 100, b"%FF"))))
    if not random.randrange(3):
        found.append((b"boot", _number(0, 3)))
    return found


def _commit(device):
    journal = device.context.journal
    seq = pick((journal.last_seq, journal.last_seq + 1, 1, 0, 1 << 30, random.randrange(1, 200)))
    crc = pick((b"", b"00000000", b"0", (device.crc_of(seq) or b"") if random.randrange(3) else b"FFFFFFFF"))
    return [(b"epoch", pick((journal.epoch, journal.epoch, b"00000000", b""))), (b"seq", b"%d" % seq), (b"crc", crc)]


def _schedule():
    size = pick((len(PLAIN), len(PLAIN), 0, 1, 1 << 21, (1 << 21) + 1, 100))
    crc = pick((PLAIN_CRC, PLAIN_CRC, b"00000000", b"", b"e6816df8"))
    do = pick((b"begin", b"end", b"data", b"pack", b"pack", b"", b"erase"))
    if do == b"data":
        offset = pick((0, 0, 99, 198, 297, random.randrange(400), 1 << 30))
        data = binascii.b2a_base64(PLAIN[offset : offset + 99])[:-1]
        return [(b"do", do), (b"offset", b"%d" % offset), (b"data", pick((data, data, b"=", b"A", b"%FF", b"")))]
    if do == b"pack":
        at = pick((0, 0, 18, random.randrange(60), 2048, 5000))
        end = pick((18, len(PACKED), len(PACKED), len(PACKED)))
        data = bytearray(PACKED[at:end])
        if data and not random.randrange(4):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        values = [(b"do", do), (b"offset", pick((b"0", b"0", b"310", b"100"))), (b"at", b"%d" % at)]
        if random.randrange(3):
            values.append((b"length", pick((b"310", b"310", b"310", b"1", b"311", b"0", b"100000"))))
        return values + [(b"data", binascii.b2a_base64(data)[:-1])]
    return [(b"do", do), (b"size", b"%d" % size), (b"crc", crc)]


def _settings():
    values = [(b"key", pick(KEYS)), (b"at", pick((b"0", b"0", b"0", b"40", b"80", b"65536", b"65537", b"2040")))]
    if random.randrange(3):
        values.append((b"more", pick((b"0", b"1", b"2", b"", b"yes"))))
    if random.randrange(3):
        values.append((b"value", escaped(pick(JSONS))))
    return values
