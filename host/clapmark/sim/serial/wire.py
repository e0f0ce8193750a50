"""One direction of a serial line at a given speed: what is put in comes out as fast as its bits travel."""

from clapmark.sim.timeline import NEVER_US

_BITS_PER_BYTE = 10  # start, eight, stop
_PIECE_US = 2000  # a reader who sleeps is woken this often: less than the ESP32's receive ring holds


class Wire:
    """Bytes under way at `baud` bits per second. All times are microseconds of one clock that never goes back."""

    def __init__(self, baud: int) -> None:
        self._baud = baud
        self._bytes = bytearray()
        self._since_us = 0  # when the first of them began

    def __len__(self) -> int:
        return len(self._bytes)

    def put(self, data: bytes, now_us: int) -> None:
        """Send `data`, behind what is under way."""
        if not self._bytes:
            self._since_us = max(now_us, self._since_us)
        self._bytes += data

    def take(self, now_us: int) -> bytes:
        """Return what has arrived by `now_us` since the last call."""
        count = max(0, min(len(self._bytes), (now_us - self._since_us) * self._baud // (_BITS_PER_BYTE * 1_000_000)))
        data = bytes(self._bytes[:count])
        del self._bytes[:count]
        self._since_us += self._needed_us(count)
        return data

    def next_us(self) -> int:
        """Return when there will be something worth taking, or NEVER_US."""
        if not self._bytes:
            return NEVER_US
        piece = max(1, self._baud * _PIECE_US // (_BITS_PER_BYTE * 1_000_000))
        return self._since_us + self._needed_us(min(piece, len(self._bytes)))

    def clear(self) -> None:
        """Lose what is under way."""
        self._bytes.clear()

    def _needed_us(self, count: int) -> int:
        return -(-count * _BITS_PER_BYTE * 1_000_000 // self._baud)
