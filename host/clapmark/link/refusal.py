"""The error frames of the device: each code has its sentence."""

from clapmark.base.errors import ClapmarkError


class DeviceRefusedError(ClapmarkError):
    """The device answered that it cannot do what was asked; `code` is the reason as one word of docs/link.md."""

    def __init__(self, code: str, say: str) -> None:
        sentence = _REFUSALS.get(code, f"The device refuses ({code})")
        super().__init__(f"{sentence}: {say}." if say else f"{sentence}.")
        self.code = code


# docs/link.md lists the codes; what the device adds in `say` follows after a colon
_REFUSALS = {
    "verb": "The device's firmware knows no such request; update it with clapmark deploy",
    "argument": "The device does not understand a field of the request; update its firmware with clapmark deploy",
    "long": "The request is longer than the device takes",
    "memory": "The device has no memory left for this; reset it and try again. Its journal is safe",
    "journal": "The device has no journal to read",
    "epoch": "This device has another journal by now",
    "missing": "The device has no record of that number",
    "crc": "The device received other data than was sent; try again",
    "full": "The device's journal has no room for the note that its records are synced",
    "flash": "The device's flash failed; its records are kept",
    "unsaved": "The device's clock is set, but the record of it is NOT SAVED",
    "offset": "The device expects another part of the data; try again",
    "file": "The device's file system failed; is it full?",
    "key": "The device has no such setting",
    "value": "The device does not take the setting",
    "refused": "The device cannot do that now",
    "boot": "The device was reset in between; look at its screen before you repeat the command. It is in boot",
    "unsupported": "This board cannot do that",
    "packed": "The device could not unpack what was sent; try again",
    "failed": "The device's firmware failed at this request; its journal is safe. Update it with clapmark deploy",
}
