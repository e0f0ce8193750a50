"""Stands for esptool and the chip behind it: a flash in a file, every call written down.

`python esptool_model.py STATE ...`: STATE is a folder with `flash.bin`, `chip` (kind), `calls` (one JSON list a line)
and `vanish-after` (number of calls that still work). Only what needs silicon is modelled: the words of the answers are
those of esptool 5.6.0.
"""

import json
import sys
from pathlib import Path


def main() -> int:
    state = Path(sys.argv[1])
    words = sys.argv[2:]
    port = words[words.index("--port") + 1]
    after = words[words.index("--after") + 1]
    verb, *rest = words[6:]
    rest = [word for word in rest if word != "--no-progress"]
    with (state / "calls").open("a") as file:
        file.write(json.dumps([verb, *rest, after]) + "\n")
    flash = bytearray((state / "flash.bin").read_bytes())
    kind = (state / "chip").read_text() if (state / "chip").exists() else "ESP32"
    count = len((state / "calls").read_text().splitlines())
    limit = state / "vanish-after"
    print("esptool v5.6.0")
    if limit.exists() and count > int(limit.read_text()):
        if verb == "write-flash":
            write(flash, rest, half=True)
            (state / "flash.bin").write_bytes(flash)
        print(f"\nA fatal error occurred: Could not open {port}, the port is busy or doesn't exist.", file=sys.stderr)
        return 2
    print(f"Connected to {kind} on {port}:")
    print(f"Chip type:          {kind}-D0WDQ6 (revision v1.0)\nMAC:                30:ae:a4:01:02:03\n")
    if verb == "flash-id":
        print(f"Flash Memory Information:\n=====\nManufacturer: ef\nDetected flash size: {len(flash) >> 20}MB")
    elif verb == "read-flash":
        offset, size = int(rest[0], 0), int(rest[1], 0)
        Path(rest[2]).write_bytes(flash[offset : offset + size])
    elif verb == "erase-region":
        offset, size = int(rest[0], 0), int(rest[1], 0)
        assert offset % 4096 == 0
        assert size % 4096 == 0
        flash[offset : offset + size] = b"\xff" * size
    elif verb == "write-flash":
        write(flash, rest)
    else:
        assert verb == "read-mac", verb
    (state / "flash.bin").write_bytes(flash)
    return 0


def write(flash: bytearray, rest: list[str], half: bool = False) -> None:
    files = rest[6:]
    pairs = list(zip(files[::2], files[1::2], strict=True))
    for offset, path in pairs[: len(pairs) // 2] if half else pairs:
        data = Path(path).read_bytes()
        start = int(offset, 0)
        end = -(-(start + len(data)) // 4096) * 4096
        flash[start:end] = b"\xff" * (end - start)  # it erases whole sectors
        flash[start : start + len(data)] = data


sys.exit(main())
