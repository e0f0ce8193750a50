"""A serial port for pyserial, `chip://NAME`, with an ESP32's bootloader behind it: real esptool runs against it.

The module's name is pyserial's: it looks for `protocol_SCHEME` in `serial.protocol_handler_packages`. The model is the
chip: it answers the ROM's and the stub's commands at once, and writes every flash operation into the file `calls`.
Source: Espressif, esptool documentation, "Serial Protocol"; ESP32 Technical Reference Manual, 20.5 (eFuse), 7.9 (SPI).
"""

import errno
import hashlib
import json
import struct
import zlib
from pathlib import Path

import serial

CHIPS: dict[str, Path] = {}  # the folder of each chip, by the name of its port
SECTOR = 4096

_ESP32, _ESP32_S3 = 0x00F01D83, 9  # a register's value; a chip id
_MAC = bytes.fromhex("30aea4010203")
_REGISTERS = {
    0x40001000: _ESP32,
    0x3FF5A004: struct.unpack(">I", _MAC[2:])[0],  # BLK0_RDATA1, 2: the MAC
    0x3FF5A008: struct.unpack(">H", _MAC[:2])[0],
    0x3FF5A00C: 1 << 15,  # BLK0_RDATA3: revision 1.0
}
_SPI_W0 = (0x3FF42080, 0x60002058)  # ESP32, ESP32-S3: what the flash has answered
_FLASH_BEGIN, _MEM_END, _SYNC, _WRITE_REG, _READ_REG = 0x02, 0x06, 0x08, 0x09, 0x0A
_DEFL_BEGIN, _DEFL_DATA, _MD5, _SECURITY = 0x10, 0x11, 0x13, 0x14
_ERASE_REGION, _READ_FLASH = 0xD1, 0xD2


def slip(packet: bytes) -> bytes:
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class Serial(serial.SerialBase):
    """The port. A chip that is unplugged (`vanish-after`) makes every read and write fail, as a USB port does."""

    def __init__(self, *args, **kwargs) -> None:
        self._answer = bytearray()
        self._request = bytearray()
        self.is_stub = False
        self._reading: list[bytes] = []
        super().__init__(*args, **kwargs)

    # pyserial's side

    def open(self) -> None:
        self.folder = CHIPS.get(str(self.port))
        problem = self.folder and self.folder / "problem"
        if problem and problem.exists():
            raise serial.SerialException(problem.read_text())
        if self.folder is None or self._is_unplugged():
            raise serial.SerialException(errno.ENOENT, f"could not open port {self.port}: [Errno 2] No such file")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def fileno(self) -> int:
        raise OSError(errno.ENOTTY, "not a terminal")  # so esptool sets DTR and RTS one by one

    @property
    def in_waiting(self) -> int:
        return len(self._answer)

    def read(self, size: int = 1) -> bytes:
        if self._is_unplugged():
            raise serial.SerialException("device reports readiness to read but returned no data")
        data = bytes(self._answer[:size])
        del self._answer[:size]
        return data

    def write(self, data: bytes) -> int:
        if self._is_unplugged():
            raise serial.SerialException(errno.EIO, "write failed: [Errno 5] Input/output error")
        self._request += data
        while (end := self._request.find(b"\xc0", 1)) > 0:
            packet = bytes(self._request[1:end]).replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
            del self._request[: end + 1]
            self._take(packet)
        return len(data)

    def reset_input_buffer(self) -> None:
        self._answer.clear()

    def reset_output_buffer(self) -> None:
        pass

    def _reconfigure_port(self) -> None:
        pass

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        if self.is_open and self._rts_state and self.is_stub:  # RTS is the chip's reset
            self._note("reset")
            self.is_stub = False
        if self.is_open and self._is_unplugged():
            raise OSError(errno.EIO, "Input/output error")

    # the chip's side

    def _flash_size(self) -> int:
        return (self.folder / "flash.bin").stat().st_size

    def _note(self, *call: object) -> None:
        """Write down an operation; one too many, and the chip is unplugged in the middle of it."""
        with (self.folder / "calls").open("a") as file:
            file.write(json.dumps(call) + "\n")

    def _is_unplugged(self) -> bool:
        limit, calls = self.folder / "vanish-after", self.folder / "calls"
        return limit.exists() and calls.exists() and len(calls.read_bytes().splitlines()) > int(limit.read_text())

    def _take(self, packet: bytes) -> None:
        if self._reading:  # what the host says meanwhile is how much it has
            self._answer += slip(self._reading.pop(0))
            return
        _, operation, length, _ = struct.unpack_from("<BBHI", packet)
        body = packet[8:]
        assert length == len(body)
        value, data = self._do(operation, body)
        status = b"\0\0" if self.is_stub else b"\0\0\0\0"
        if data is None:
            data, status = b"", b"\x01\x05\0\0"
        answer = slip(struct.pack("<BBHI", 1, operation, len(data + status), value) + data + status)
        self._answer += answer * (8 if operation == _SYNC else 1)
        if operation == _MEM_END:
            self._answer += slip(b"OHAI")
            self.is_stub = True
        elif operation == _READ_FLASH and not self._is_unplugged():
            self._answer += slip(self._reading.pop(0))

    def _do(self, operation: int, body: bytes) -> tuple[int, bytes | None]:
        """Return the value and the data of the answer; data None for a command that this chip does not have."""
        words = struct.unpack_from(f"<{min(len(body), 16) // 4}I", body)
        is_s3 = (self.folder / "chip").exists() and (self.folder / "chip").read_text() == "ESP32-S3"
        if operation == _SYNC:
            self.is_stub = False
            return 0x20120707, b""
        if operation == _SECURITY:
            return 0, struct.pack("<IB7xII", 0, 0, _ESP32_S3, 0) if is_s3 else None
        if operation == _READ_REG:
            size = self._flash_size().bit_length() - 1
            return (0x40EF | size << 16 if words[0] in _SPI_W0 else _REGISTERS.get(words[0], 0)), b""
        if operation == _READ_FLASH:
            offset, size, block = words[:3]
            self._note("read-flash", hex(offset), hex(size))
            data = self._bytes()[offset : offset + size]
            self._reading = [data[at : at + block] for at in range(0, size, block)] + [hashlib.md5(data).digest()]
        elif operation == _ERASE_REGION:
            offset, size = words
            assert offset % SECTOR == 0 == size % SECTOR
            self._note("erase-region", hex(offset), hex(size))
            if not self._is_unplugged():
                self._put(offset, b"\xff" * size)
        elif operation == _DEFL_BEGIN:
            size, _, _, self._offset = words
            self._note("write-flash", hex(self._offset), hex(size))
            self._inflate = zlib.decompressobj()
            self._erased = self._offset
        elif operation == _DEFL_DATA:
            self._write(self._inflate.decompress(body[16 : 16 + words[0]]))
        elif operation == _MD5:
            offset, size = words[:2]
            return 0, hashlib.md5(self._bytes()[offset : offset + size]).digest()
        return 0, b""

    def _write(self, data: bytes) -> None:
        while self._erased < self._offset + len(data):  # the stub erases before it writes
            self._put(self._erased, b"\xff" * SECTOR)
            self._erased += SECTOR
        self._put(self._offset, data)
        self._offset += len(data)

    def _bytes(self) -> bytes:
        return (self.folder / "flash.bin").read_bytes()

    def _put(self, offset: int, data: bytes) -> None:
        with (self.folder / "flash.bin").open("r+b") as file:
            file.seek(offset)
            file.write(data)
