"""Writes the vectors that the laptop's Python and the page's JavaScript must both agree with.

Run `python -m tests.vectors.generate` after a deliberate change of the rules, and read the difference. Texts of bytes
are written as characters 0 to 255.
"""

import json
from binascii import crc32
from pathlib import Path
from random import Random

from clapmark.archive.journals import parse_log
from clapmark.archive.wall_time import Clock
from clapmark.base.foreign_text import one_line
from clapmark.bookmarks.fold import fold_bookmarks
from clapmark.link import frame
from firmware.core.lines.fields import LineError, decimal, unescape

FOLDER = Path(__file__).parent
DEVICE, EPOCH = "a1b2c3d4e5f6", "9ACE8F55"
START_MS = 1_778_812_345_678
_TAGS = ("note", "quote", "idea", "Größe".encode().decode("latin-1"), "50%25")
_TALKS = ("", "PQ3XYZ", "AAA", "B%20B", "%C3%A9t%C3%A9", "%E9t%E9", "%1B[31mred", "%E2%80%AEevil")


def sealed(body: str) -> str:
    """Return a checked line (docs/journal.md)."""
    return f"{body} *{crc32(body.encode('latin-1')):08X}\n"


def journal(random: Random, boots: int) -> str:
    """Return a log as a device leaves it, with wrong clocks, corrections and damage."""
    lines = []
    seq = 0
    utc_ms = START_MS
    marks: list[int] = []

    def add(boot: int, ms: int, words: str) -> None:
        nonlocal seq
        seq += random.choice((1, 1, 1, 1, 2))
        lines.append(sealed(f"{seq} {boot} {ms} {words}"))

    for boot in range(1, boots + 1):
        ms = random.randrange(50, 200)
        add(boot, ms, "boot reset=poweron fw=0.2.0 board=sim mp=1.25.0")
        begun_ms = utc_ms
        wrong_ms = random.choice((0, 0, 0, 0, 0, 86_400_000, -90_000, -946_684_800_000, 3_600_000))
        clocks = random.choice((0, 1, 1, 2, 3))
        for _ in range(random.randrange(3, 16)):
            ms += random.randrange(0, 4_000_000)
            match random.randrange(9):
                case 0:
                    how = random.choice(("picked", "next", "clock", "room"))
                    add(boot, ms, f"talk id={random.choice(_TALKS)} how={how}")
                case 1:
                    add(boot, ms, f"room name={random.choice(('Hall%20A', '', 'B'))}")
                case 2 if marks:
                    add(boot, ms, f"retag of={random.choice(marks)} tag={random.choice(('todo', 'link', ''))}")
                case 3 if marks:
                    add(boot, ms, f"span of={random.choice(marks)} len={random.choice((900, 75_000, -5, 0))}")
                case 4 if marks:
                    add(boot, ms, f"undo of={random.choice((*marks, 9999))}")
                case 5:
                    add(boot, ms, "wonder of=1 new=kind")
                case _:
                    talk = random.choice(("", "", f" talk={random.choice(_TALKS[1:])}"))
                    add(boot, max(ms - random.randrange(3000), 0), f"bookmark tag={random.choice(_TAGS[:3])}{talk}")
                    marks.append(seq)
            if clocks and random.randrange(2):
                clocks -= 1
                error = random.choice((" err=4", " err=4", " err=2500", "", " err=-3"))
                skew_ms = random.choice((0, 0, 0, 45_000))
                add(boot, ms, f"clock utc={begun_ms + ms + wrong_ms + skew_ms}{error} source=host")
        utc_ms = begun_ms + ms + random.randrange(1_000, 90_000_000)
    for _ in range(random.randrange(3)):
        place = random.randrange(len(lines))
        lines[place] = random.choice((lines[place][: len(lines[place]) // 2] + "\n", "noise\n", lines[place - 1]))
    return "".join(lines)


def bookmark_case(log: str) -> dict[str, object]:
    """Return a log with the bookmarks that are in it."""
    found = parse_log(DEVICE, EPOCH, log.encode("latin-1"))
    marks = [
        {
            "id": mark.id, "seq": mark.seq, "crc": mark.crc, "boot": mark.boot, "ms": mark.ms,
            "earliestMs": mark.when.earliest_ms, "latestMs": mark.when.latest_ms, "utcMs": mark.when.utc_ms,
            "errorMs": mark.when.error_ms, "sortMs": mark.when.sort_ms, "tag": mark.tag, "talkId": mark.talk_id,
            "isGuess": mark.is_guess, "lengthMs": mark.length_ms, "undone": mark.undone, "room": mark.room,
        }
        for mark in fold_bookmarks(found, Clock(found.records))
    ]  # fmt: skip
    return {"log": log, "records": len(found.records), "bookmarks": marks}


def wall_time_case(random: Random) -> dict[str, object]:
    """Return boots with clock records that may contradict each other, and times in them."""
    lines = []
    seq = 0
    base_ms = random.choice((START_MS, START_MS, 946_684_800_000, 1_000_000))
    for boot in range(1, random.randrange(2, 9)):
        base_ms += random.choice((5_000, 86_400_000, 40 * 86_400_000, -3_600_000))
        for _ in range(random.randrange(5)):
            seq += 1
            ms = random.randrange(30_000_000)
            off_ms = random.choice((0, 0, 0, 900, 100_000, 946_684_800_000, 400 * 86_400_000, -86_400_000))
            utc_ms = max(base_ms + ms + off_ms, 1)
            lines.append(sealed(f"{seq} {boot} {ms} clock utc={utc_ms} err={random.choice((1, 4, 2000))} source=host"))
        seq += 1
        lines.append(sealed(f"{seq} {boot} {random.randrange(30_000_000)} fault task=link error=x"))
    log = "".join(lines)
    clock = Clock(parse_log(DEVICE, EPOCH, log.encode()).records)
    moments = [(random.randrange(0, 10), random.randrange(40_000_000)) for _ in range(8)]
    times = [(boot, ms, clock.time_at(boot, ms)) for boot, ms in moments]
    return {"log": log, "times": [[boot, ms, when.earliest_ms, when.latest_ms] for boot, ms, when in times]}


def frame_cases(random: Random) -> list[dict[str, object]]:
    """Return lines of the link with what they say, null for everything else."""
    good = [
        "!7 hello protocol=1 device=a1b2c3d4e5f6 board=sim", "!007 get from=1", "!0 error code=missing say=",
        "!999 end next=6 items=5 done=1 last=5", "!12 damaged sector=0 offset=171 length=37 part=0 data=3%201%00%0A",
        "!11 status tag=Gr%C3%B6%C3%9Fe", "!5 x", "!5 x=1",
    ]  # fmt: skip
    bad = ["!1000 hello", "!-1 hello", "!+7 hello", "! 7 hello", "!7", "!7 ", "?7 hello", "7 hello", "!1e2 hello"]
    lines = [sealed(body) for body in good + bad]
    for body in good:
        line = sealed(body)
        flipped = bytearray(line, "latin-1")
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
        lines += [flipped.decode("latin-1"), line[:-1], line[1:], line.lower(), line.replace(" *", "  *"), line + "\n"]
    return [{"line": line, "frame": _frame(line)} for line in lines]


def _frame(line: str) -> dict[str, object] | None:
    try:
        found = frame.parse(line.encode("latin-1"), frame.ANSWER)
    except LineError:
        return None
    words = [word.decode("latin-1") for word in found.words]
    return {"ident": found.ident, "verb": found.verb.decode("latin-1"), "words": words}


def number_cases() -> list[dict[str, object]]:
    """Return texts with the number that each is, null where it is none in that range."""
    texts = (
        "0", "1", "-1", "+1", "007", "", " 1", "1 ", "1_0", "1e3", "0x10", "-", "--1", "1.0", "9999999999999999",
        "99999999999999999", "-86400", "-86401", "1073741824", "1073741825", "\u00b2", "-0", "1\n",
    )  # fmt: skip
    cases = []
    for text in texts:
        for low, high in ((0, 1 << 30), (-86_400, 86_400)):
            try:
                number = decimal(text.encode("latin-1"), low, high)
            except LineError:
                number = None
            cases.append({"text": text, "low": low, "high": high, "number": number})
    return cases


def text_cases() -> dict[str, list[dict[str, object]]]:
    """Return escaped values with their bytes, and foreign texts as they are shown."""
    values = ("", "plain", "%00", "a%20b", "%e9", "%E9", "%", "%2", "%zz", "100%25", "%25%32%30", "%2541")
    escaped = []
    for value in values:
        try:
            plain = unescape(value.encode()).decode("latin-1")
        except LineError:
            plain = None
        escaped.append({"value": value, "bytes": plain})
    shown = (
        "plain", "two  spaces", " edges ", "line\nend", "tab\there", "\x1b[31mred\x1b[0m", "\x9b31mred", "bell\a",
        "\x1b]0;title\x07after", "right\u202eto left", "zero\u200bwidth", "joined \u200d emoji", "e\u0301", "\u2028x",
        "<b>bold</b>", "\ufeffmark", "\ue000private", "caf\xe9", "日本語", "\U0001f469\u200d\U0001f4bb", "x" * 300,
    )  # fmt: skip
    return {
        "escaped": escaped,
        "shown": [{"text": text, "limit": 40, "line": one_line(text, 40)} for text in shown],
    }


def main() -> None:
    """Write all files."""
    random = Random(13)
    documented = (Path(__file__).parents[2] / "docs" / "journal.md").read_text(encoding="utf-8")
    example = "".join(
        f"{line.strip()}\n"
        for line in documented.splitlines()
        if line.startswith("    ") and line.strip()[:1].isdigit()
    )
    logs = [example, *(journal(random, boots) for boots in (1, 1, 2, 3, 5, 8) for _ in range(6))]
    files = {
        "bookmarks.json": [bookmark_case(log) for log in logs],
        "wall_times.json": [wall_time_case(random) for _ in range(60)],
        "frames.json": frame_cases(random),
        "numbers.json": number_cases(),
        "texts.json": text_cases(),
    }
    for name, cases in files.items():
        (FOLDER / name).write_text(json.dumps(cases, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
