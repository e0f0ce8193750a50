"""A board for tests of deploy: `micropython board_model.py FLASH.bin CUT [ROM.bin]`, the app on a real LittleFS.

ROM.bin is the flash of a ROM file system, behind a `vfs.rom_ioctl` as the ESP32 port's; CUT counts its writes too.

stdin and stdout are the serial line, FLASH.bin is the file system's flash. The raw prompt speaks byte for byte what
MicroPython 1.23 on an ESP32 speaks with mpremote. After CUT programs and erases of the flash the power is gone in the
middle of one (0: never). Exit code 42 asks for a reset, 9 is the power cut. What the chip has besides does nothing.
"""

import io
import os
import sys

import ffi
import uctypes
import vfs

libc = ffi.open(None)
exit_now = libc.func("v", "_exit", "i")
read_some = libc.func("i", "read", "ipi")  # what is there, as stdin's own read does not
RESET, CUT = 42, 9
BLANK = b"\xff" * 256


class Flash:
    """NOR flash in a file, from byte `start`; what was programmed before the cut stays, of the last program a part."""

    def __init__(self, path, cut=0, start=0, size=0):
        self.file = open(path, "r+b")  # noqa: SIM115  open as long as there is power
        self.start = start
        self.count = (size or self.file.seek(0, 2) - start) // 4096
        self.cut = cut

    def readblocks(self, block, buffer, offset=0):
        self.file.seek(self.start + block * 4096 + offset)
        self.file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self.file.seek(self.start + block * 4096 + offset)
        if self.is_last():
            self.file.write(memoryview(buffer)[: len(buffer) // 2])
            self.file.flush()
            exit_now(CUT)
        self.file.write(buffer)
        self.file.flush()

    def ioctl(self, request, argument):
        if request == 6:
            self.file.seek(self.start + argument * 4096)
            for _ in range(8 if self.is_last() else 16):
                self.file.write(BLANK)
            self.file.flush()
            if self.cut == 1:
                exit_now(CUT)
            return 0
        return {4: self.count, 5: 4096}.get(request, 0)

    def is_last(self):
        self.cut -= self.cut > 1
        return self.cut == 1


class Rom:
    """NOR flash of a ROM file system, mapped into memory; `flash` is the other one, which counts the writes."""

    def __init__(self, path, flash):
        with open(path, "r+b") as file:
            self.size = file.seek(0, 2)
            # PROT_READ | PROT_WRITE, MAP_SHARED
            address = libc.func("P", "mmap", "PLiiil")(0, self.size, 3, 1, file.fileno(), 0)
        self.memory = uctypes.bytearray_at(address, self.size)
        self.flash = flash

    def mount(self):
        """Mount it as MicroPython does when it starts."""
        try:
            vfs.mount(vfs.VfsRom(self.memory), "/rom")
        except OSError:
            return  # it is blank
        sys.path.extend(["/rom", "/rom/lib"])

    def readblocks(self, block, buffer, offset=0):
        start = block * 4096 + offset
        buffer[:] = memoryview(self.memory)[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        is_last = self.flash.is_last()
        start = block * 4096 + offset
        for place in range(len(buffer) // 2 if is_last else len(buffer)):
            self.memory[start + place] &= buffer[place]  # a program clears bits
        if is_last:
            exit_now(CUT)

    def ioctl(self, request, argument):
        if request == 6:
            is_last = self.flash.is_last()
            for place in range(argument * 4096, argument * 4096 + (2048 if is_last else 4096), len(BLANK)):
                self.memory[place : place + len(BLANK)] = BLANK
            if is_last:
                exit_now(CUT)
            return 0
        return {4: self.size // 4096, 5: 4096}.get(request)


class Vfs:
    """The module vfs of a MicroPython that has a ROM file system."""

    rom = None

    def rom_ioctl(self, command, segment=0):
        if command == 1:
            return 1
        return self.rom if command == 2 and segment == 0 else -22

    def __getattr__(self, name):
        return getattr(vfs, name)


class Nothing:
    """Takes any call and any arithmetic that the boards make, and stays silent."""

    IN = OUT = PULL_UP = IRQ_RISING = IRQ_FALLING = ATTN_11DB = 1
    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        return lambda *_, **__: None

    def __call__(self, *_):
        return 1

    value = __call__


class Machine:
    Pin = PWM = SPI = I2C = ADC = RTC = WDT = Timer = UART = Nothing
    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

    def reset_cause(self):
        return 1

    def unique_id(self):
        return b"\x30\xae\xa4\x01\x02\x03"

    def reset(self):
        exit_now(RESET)

    def __getattr__(self, name):
        return lambda *_, **__: None


class RTC(Nothing):
    kept = b""

    def memory(self, value=None):
        if value is None:
            return RTC.kept
        RTC.kept = bytes(value)
        return None

    def datetime(self, *_):
        return (2000, 1, 1, 0, 0, 0, 0, 0)


class Partition:
    def __init__(self, *_):
        pass

    @staticmethod
    def find(*_, **__):
        return []


class Esp32:
    def __init__(self):
        self.Partition = Partition

    def __getattr__(self, name):
        return lambda *_, **__: None


class Line:
    """What comes from the laptop."""

    buffer = bytearray(256)
    start = end = 0

    def fill(self):
        if self.start == self.end:
            self.start, self.end = 0, read_some(0, self.buffer, len(self.buffer))
            if self.end <= 0:
                exit_now(CUT)

    def byte(self):
        self.fill()
        self.start += 1
        return bytes(self.buffer[self.start - 1 : self.start])

    def until(self, stop, limit):
        """Return what is there, at most `limit` bytes, up to the byte `stop`, which comes as the second value."""
        self.fill()
        there = bytes(self.buffer[self.start : min(self.end, self.start + limit)])
        place = there.find(stop)
        if place < 0:
            self.start += len(there)
            return there, b""
        self.start += place + 1
        return there[:place], stop


line_in = Line()


def put(data):
    sys.stdout.buffer.write(data)


def run_code(code, space):
    """As the raw prompt does: what is printed, 0x04, the traceback, 0x04."""
    error = b""
    try:
        exec(compile(code, "<stdin>", "exec"), space)
    except SystemExit:
        pass
    except BaseException as raised:  # noqa: BLE001  as the prompt does
        text = io.StringIO()
        sys.print_exception(raised, text)
        lines = [line for line in text.getvalue().split("\n") if "board_model.py" not in line]
        error = "\r\n".join(lines).encode()
    put(b"\x04" + error + b"\x04>")


def raw_paste():
    """Return the code that comes in windows of 128 bytes, each granted with 0x01."""
    put(b"R\x01\x80\x00\x01")
    code = bytearray()
    window = 128
    while True:
        piece, stop = line_in.until(b"\x04", window)
        code.extend(piece)
        if stop:
            put(b"\x04")
            return bytes(code)
        window -= len(piece)
        if window == 0:
            put(b"\x01")
            window = 128


def raw_prompt(space):
    put(b"raw REPL; CTRL-B to exit\r\n>")
    line = b""
    while True:
        byte = line_in.byte()
        if byte == b"\x02":
            put(b"\r\n")
            return
        if byte == b"\x01":
            put(b"raw REPL; CTRL-B to exit\r\n>")
            line = b""
        elif byte == b"\x03":
            line = b""
        elif byte == b"\x05" and not line:
            wanted = line_in.byte() + line_in.byte()
            assert wanted == b"A\x01"
            run_code(raw_paste(), space)
        elif byte == b"\x04" and not line:  # mpremote's way in: boot.py runs again, main.py does not
            put(b"OK\r\nMPY: soft reboot\r\n")
            for name in [name for name in sys.modules if name.startswith("firmware")]:
                del sys.modules[name]
            space = run_files("boot.py")
            put(b"raw REPL; CTRL-B to exit\r\n>")
        elif byte == b"\x04":
            put(b"OK")
            run_code(line, space)
            line = b""
        else:
            line += byte


def prompt(space):
    put(
        b"MicroPython v1.23.0 on 2024-06-02; Generic ESP32 module with ESP32\r\n"
        b'Type "help()" for more information.\r\n>>> '
    )
    while True:
        byte = line_in.byte()
        if byte == b"\x01":
            put(b"\r\n")
            raw_prompt(space)
            put(b">>> ")
        elif byte in (b"\r", b"\x03"):
            put(b"\r\n>>> ")
        elif byte >= b" ":
            put(byte)  # the echo of what is typed; nothing is run here


def boot(flash, rom=None):
    """Start as the ESP32 port does: mount the file system, run boot.py and main.py, then show the prompt."""
    sys.modules["machine"] = machine = Machine()
    machine.RTC = RTC
    sys.modules["esp32"] = Esp32()
    vfs.umount("/")  # the laptop's files
    vfs.mount(flash, "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    if rom:
        Vfs.rom = rom
        sys.modules["vfs"] = Vfs()
        rom.mount()
    put(
        b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x12 (SPI_FAST_FLASH_BOOT)\r\n"
        b"entry 0x400805cc\r\n"
    )
    prompt(run_files("boot.py", "main.py"))


def run_files(*names):
    """Run those that are there; return their names' space."""
    space = {"__name__": "__main__"}
    for name in names:
        try:
            os.stat(name)
        except OSError:
            continue
        try:
            with open(name) as file:
                code = file.read()
            exec(code, space)
        except Exception as error:  # noqa: BLE001  as MicroPython does
            text = io.StringIO()
            sys.print_exception(error, text)
            put(text.getvalue().replace("\n", "\r\n").encode())
    return space


if __name__ == "__main__":
    flash = Flash(sys.argv[1], int(sys.argv[2]))
    boot(flash, Rom(sys.argv[3], flash) if len(sys.argv) > 3 else None)
