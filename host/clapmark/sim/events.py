"""What the virtual device tells its caller while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """The kinds of events; `Event.text` and `Event.number` say more, as noted here."""

    BOOTED = "booted"  # text: the reset cause; number: how many boots this run has seen
    PRESSED = "pressed"  # text: the button's name; number: ms until its release
    PLUGGED = "plugged"  # text: the path of the serial port
    OPENED = "opened"  # a laptop has opened the port
    CLOSED = "closed"  # ... and closed it
    UNPLUGGED = "unplugged"
    SCREENSHOT = "screenshot"  # text: the path of the PNG
    OUTPUT = "output"  # text: the name of an LED, buzzer or light; number: its level or its duty in 1/65536
    TONE = "tone"  # text: the name of a buzzer; number: Hz
    RESET = "reset"
    POWER_CUT = "power-cut"
    DROPPED_EDGE = "dropped-edge"  # number: the pin; the chip's interrupt queue was full
    OVERRUN = "overrun"  # number: bytes from the laptop that found the UART's receive ring full
    ERASE = "erase"  # of a sector of the flash begins; number: ms for which the chip stands still
    FLASH_VIOLATION = "flash-violation"  # text: which rule, and where
    APP_ENDED = "app-ended"  # main.py returned, and the device is at its prompt
    CRASHED = "crashed"  # text: the last lines that the device wrote
    ENDED = "ended"  # number: the exit code


@dataclass(frozen=True)
class Event:
    """Something that happened `at_s` seconds after the script (or the live run) began, in the device's time."""

    kind: EventKind
    at_s: float
    text: str = ""
    number: int = 0

    def __str__(self) -> str:
        words = [f"{self.at_s:12.3f} {self.kind}"]
        if self.text:
            words.append(self.text)
        if self.number:
            words.append(str(self.number))
        return " ".join(words)


OnEvent = Callable[[Event], None]
