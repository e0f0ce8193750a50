"""The steps of a deploy: compare, upload under other names, swap, reset once, and check that the new app answers.

Until the swap the old app is untouched. From the swap on, boot.py brings it back unless the new app gets to run: the
undo file, which is there before the first file is moved, says how (deploy/on_device.py).
"""

import base64
import contextlib
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.deploy import on_device
from clapmark.deploy.board_repl import BoardRepl, ReplError
from clapmark.deploy.changes import (
    Changes,
    Device,
    check_device,
    check_room,
    find_changes,
    leftovers,
    parse_device,
    with_room,
)
from clapmark.deploy.rom import holds, rom_bytes, write_rom
from clapmark.firmware_build.rom_image import APP_FILE, RomImage, rom_image
from clapmark.link.client import Hello, LinkClient, LinkLostError, ProtocolError, SerialTransport

_PIECE_BYTES = 1024
_HELLO_S = 5.0  # a board that resets when its port is opened needs 2.5 s
_PROMPT_S = 5.0
_GLANCE_S = 0.3
_LOOK_S = 1.0
_START_S = 20.0
_TAIL_BYTES = 4096
_PROMPT = b">>> "
_TO_PROMPT = b"\x03\x02\r"  # out of a running program, out of the raw prompt

Progress = Callable[[int, int], None]


class DeployError(ClapmarkError):
    """The new app is not on the device; the message says which one is, and what to do."""


@dataclass(frozen=True)
class Result:
    """What a deploy did. `hello` is what the app says after it, None if nothing was changed or started."""

    changes: Changes
    sent_bytes: int
    hello: Hello | None
    was_undone: bool  # an earlier deploy had been undone by the device
    is_in_rom: bool = False  # the app is in the device's ROM file system, too


def deploy(
    transport: SerialTransport,
    files: dict[str, bytes],
    *,
    board_file: bytes | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Result:
    """Update the device's app to `files` (path: content). `board_file` is board.json, for a device that has none.

    Raises ClapmarkError; then the device starts the app that it had before, or says how to go on.
    """
    was_running = reach_prompt(transport)
    repl = BoardRepl(transport.serial, transport.name)
    repl.enter()
    try:
        device, was_undone = _look(repl, was_running=was_running)
        check_device(device, files)
        image = _image_for(repl, files)
        if image:
            files = files | {APP_FILE: image.name.encode()}
        needs_rom = image is not None and not holds(repl, image)
        if needs_rom and APP_FILE in device.hashes and not dry_run:
            device = _leave_rom(repl)
        changes = find_changes(device, files)
        check_room(device, changes, files)
        needs_board = "board.json" not in device.hashes
        if needs_board and board_file is None and not dry_run:
            raise DeployError("The device has no board.json: say what it is with --board. Nothing was changed.")
        if dry_run or not (changes or needs_board or needs_rom):
            _start_again(repl, was_running=was_running)
            return Result(changes, 0, None, was_undone, is_in_rom=image is not None and not needs_rom)
        sent = _upload(repl, device, changes, files, image if needs_rom else None, progress)
        if needs_board and board_file is not None:
            sent += put_file(repl, "board.json", board_file, lambda _size: None)
            repl.run(on_device.replace("board.json" + on_device.NEW, "board.json"))
        _swap(repl, device, changes)
    except ReplError as error:
        _start_again(repl, was_running=was_running)
        full = "ENOSPC" in error.last_line or "28" in error.last_line
        why = "Its file system is full" if full else f"It says: {error.last_line}"
        raise DeployError(
            f"The device could not take the files. {why}. The previous app is unchanged and starts. Repeat "
            "`clapmark deploy`; if it happens again, look what is on the device with `mpremote fs ls -r :`."
        ) from error
    except LinkLostError as error:
        raise DeployError(
            f"{error} No file is half there: when the device has power again it starts the app before. Plug it in and "
            "repeat `clapmark deploy`."
        ) from error
    except ClapmarkError:
        _start_again(repl, was_running=was_running)
        raise
    repl.reset()
    return Result(changes, sent, _see_start(transport), was_undone, is_in_rom=image is not None)


def reach_prompt(transport: SerialTransport) -> bool:
    """Get the device to MicroPython's prompt; return whether the app ran before, False if it stood there already."""
    was_running = False
    client = LinkClient(transport)
    end = time.monotonic() + _HELLO_S
    while not was_running and not _is_at_prompt(transport) and time.monotonic() < end:
        try:
            client.hello(_LOOK_S)
        except NoDeviceError:
            continue
        except ProtocolError:
            pass  # the prompt is the way to update it
        was_running = True
        with contextlib.suppress(NoDeviceError):
            client.leave_to_repl()
    heard = b""
    transport.write(_TO_PROMPT)
    end = time.monotonic() + _PROMPT_S
    while _PROMPT not in heard:
        if time.monotonic() > end:
            raise NoDeviceError(
                f"Neither Clapmark nor MicroPython's prompt answers at {transport.name}. Nothing was changed. Hold "
                "button A and press reset: in safe mode this command works. A new board needs `clapmark flash` first."
            )
        data = transport.read(0.3)
        heard = heard[-_TAIL_BYTES:] + data
        if not data:
            transport.write(_TO_PROMPT)
    return was_running


def _is_at_prompt(transport: SerialTransport) -> bool:
    """Return whether a prompt answers an Enter, as it does at once; an app skips it."""
    transport.write(b"\r")
    heard = b""
    end = time.monotonic() + _GLANCE_S
    while _PROMPT not in heard and (rest_s := end - time.monotonic()) > 0:
        heard += transport.read(rest_s)
    return _PROMPT in heard


def _look(repl: BoardRepl, *, was_running: bool) -> tuple[Device, bool]:
    about = repl.run(on_device.PREPARE)
    if was_running:
        repl.run(on_device.remove([on_device.UNDO, on_device.TRIAL]))  # it answered: it is the one to keep
    elif "1" in repl.run(f"print(1 if there({on_device.UNDO!r}) else 0)"):
        repl.run(on_device.remove([on_device.TRIAL]) + on_device.RUN_UNDO)
    device = parse_device(about, repl.run(on_device.WALK))
    for paths in on_device.in_parts(leftovers(device)):  # they make room before anything is copied
        device = with_room(device, int(repl.run(on_device.count_blocks(paths))))
    return device, on_device.UNDONE in device.hashes


def _image_for(repl: BoardRepl, files: dict[str, bytes]) -> RomImage | None:
    """Return the app's image for the device's ROM; None if it has none, or too small a one."""
    size = rom_bytes(repl)
    image = rom_image(files) if size else None
    return image if image and len(image.data) <= size else None


def _leave_rom(repl: BoardRepl) -> Device:
    """Start MicroPython again without the app in ROM, which is about to be erased; the one in the file system stays."""
    repl.run(on_device.remove([APP_FILE]))
    repl.enter(soft_reset=True)
    device, _ = _look(repl, was_running=True)
    rom_bytes(repl)
    return device


def _upload(
    repl: BoardRepl,
    device: Device,
    changes: Changes,
    files: dict[str, bytes],
    image: RomImage | None,
    progress: Progress,
) -> int:
    """Copy every new file next to the old one, and the image into ROM, and verify them; return the bytes sent."""
    for paths in on_device.in_parts([*leftovers(device), on_device.UNDONE]):
        repl.run(on_device.remove(paths))
    whole = sum(len(files[path]) for path in changes.uploaded) + (len(image.data) if image else 0)
    done = 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        progress(done, whole)

    for path in changes.uploaded:
        put_file(repl, path, files[path], advance)
    if image and not write_rom(repl, image, advance):
        raise DeployError(
            "The device's ROM differs from what was written to it. The previous app is unchanged and starts. Repeat "
            "`clapmark deploy`; if it happens again, the flash is worn out."
        )
    return whole


def put_file(repl: BoardRepl, path: str, data: bytes, advance: Callable[[int], None]) -> int:
    """Write `data` to a file next to `path` and compare it; return its size. Raises DeployError if it differs."""
    pieces = [data[at : at + _PIECE_BYTES] for at in range(0, len(data), _PIECE_BYTES)] or [b""]
    answer = ""
    for number, piece in enumerate(pieces):
        code = on_device.begin_file(path) if number == 0 else ""
        code += on_device.write_piece(base64.b64encode(piece).decode())
        if number == len(pieces) - 1:
            code += on_device.end_file(path)
        answer = repl.run(code)
        advance(len(piece))
    if answer.strip() != hashlib.sha256(data).hexdigest():
        raise DeployError(
            f"{path} was damaged on the way. The previous app is unchanged; use another cable and try again."
        )
    return len(data)


def _swap(repl: BoardRepl, device: Device, changes: Changes) -> None:
    """Replace the old files. boot.py is never missing, and always knows the undo file."""
    changed = [path for path in changes.changed if path != "boot.py"]
    added = [path for path in changes.added if path != "boot.py"]
    undo_boot = ["boot.py"] if "boot.py" in device.hashes else []
    old = [*undo_boot, *changed, *changes.removed]
    undo = on_device.undo_file(old, added if undo_boot else [*added, "boot.py"])
    if undo_boot:
        repl.run(on_device.copy("boot.py", "boot.py" + on_device.OLD))
        old_boot = repl.run("print(open('boot.py').read())")
    else:
        old_boot = ""
    put_file(repl, on_device.UNDO, undo.encode(), lambda _size: None)
    if on_device.UNDO not in old_boot:
        # the boot.py that is there knows nothing of the undo file: put the hook before what it does
        _put_boot(repl, (on_device.HOOK + old_boot).encode())
    repl.run(on_device.replace(on_device.UNDO + on_device.NEW, on_device.UNDO))
    for paths in on_device.in_parts([*changed, *added]):
        repl.run(on_device.put_in_place(paths))
    for paths in on_device.in_parts(changes.removed):
        repl.run(on_device.put_aside(paths))
    if "boot.py" in changes.uploaded:
        repl.run(on_device.replace("boot.py" + on_device.NEW, "boot.py"))
    repl.run(on_device.TRY)


def _put_boot(repl: BoardRepl, data: bytes) -> None:
    path = "boot-hook.py"
    put_file(repl, path, data, lambda _size: None)
    repl.run(on_device.replace(path + on_device.NEW, "boot.py"))


def _start_again(repl: BoardRepl, *, was_running: bool) -> None:
    """Leave the device as it was found: with its app running, or at the prompt."""
    if was_running:
        repl.reset()
    else:
        repl.leave()


def _see_start(transport: SerialTransport) -> Hello:
    """Wait for the new app's answer. Raises DeployError if it does not start."""
    heard = Overheard(transport)
    end = time.monotonic() + _START_S
    while True:
        try:
            hello = LinkClient(heard).hello(_LOOK_S)
        except LinkLostError:
            raise
        except ClapmarkError as error:
            if _PROMPT in heard.text:
                _undo_by_hand(transport)
                raise _not_started(heard.text + on_device.SAID_UNDONE.encode(), error) from error
            if time.monotonic() < end:
                continue
            raise _not_started(heard.text, error) from error
        if on_device.SAID_UNDONE.encode() in heard.text:
            raise _not_started(heard.text, None)
        return hello


def _undo_by_hand(transport: SerialTransport) -> None:
    """Restore and start the previous app if the new one ended at the prompt."""
    repl = BoardRepl(transport.serial, transport.name)
    repl.enter()
    repl.run(on_device.RUN_UNDO)
    repl.reset()


def _not_started(text: bytes, error: ClapmarkError | None) -> DeployError:
    lines = text.decode("utf-8", "replace").replace("\r", "").splitlines()
    errors = [line.strip() for line in lines if "Error" in line and not line.startswith((">", " "))]
    said = f" It said: {errors[0]}" if errors else ""
    if on_device.SAID_UNDONE in text.decode("utf-8", "replace"):
        return DeployError(f"The new app did not start.{said} The device has gone back to the app before, which runs.")
    return DeployError(
        f"The new app does not answer.{said} Press the device's reset key: it then restores the previous app. ({error})"
    )


class Overheard:
    """A transport that keeps what came."""

    def __init__(self, inner: SerialTransport) -> None:
        self._inner = inner
        self.name = inner.name
        self.text = b""

    def read(self, timeout_s: float) -> bytes:
        """Do as the transport within."""
        data = self._inner.read(timeout_s)
        self.text = (self.text + data)[-4 * _TAIL_BYTES :]
        return data

    def write(self, data: bytes) -> None:
        """Do as the transport within."""
        self._inner.write(data)

    def close(self) -> None:
        """Do as the transport within."""
        self._inner.close()
