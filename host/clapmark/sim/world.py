"""The world around the virtual device: grants it time, presses its buttons, holds its cable, looks at its panel.

The device runs freely up to the next thing that comes from outside, so an afternoon takes seconds. Where time is
paced (a laptop is plugged in, a person watches, `speed`), every wait of the firmware lasts as long as it says.
"""

import select
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random

from clapmark.errors import ExitCode
from clapmark.micropython import Bits, find_micropython
from clapmark.sim.board import PanelModel, VirtualBoard
from clapmark.sim.bounce import press_edges
from clapmark.sim.events import Event, EventKind, OnEvent
from clapmark.sim.power import HARD, POWER_ON, DeviceDiedError, PoweredDevice, compiled_app
from clapmark.sim.script import Action, End, Plug, PowerCut, Press, Reset, Screenshot, Script
from clapmark.sim.serial_line import LineChange, SerialLine
from clapmark.sim.state_folder import StateFolder
from clapmark.sim.timeline import Pace, Timeline
from clapmark.sim.wiring import wiring_of
from clapmark.sim.world_clock import WorldClock

HEAP_BYTES = 110 * 1024  # what an ESP32 without SPIRAM leaves for MicroPython
MODELS_HEAP_BYTES = 18 * 1024  # at most what the hardware models take of it; on the ESP32 their place is in flash

_LONGEST_GRANT_US = 1_000_000_000
_PACED_GRANT_US = 1000  # hardware may be busy this long without asking, so that a picture is not a thousand questions
_TEND_S = 0.005  # how soon the world notices a laptop
_HUNG_S = 60.0


def _st7789() -> PanelModel:
    from clapmark.sim.st7789 import ST7789Model  # noqa: PLC0415  a run with another panel does not need it

    return ST7789Model()


class Simulation:
    """One run of a virtual device.

    `state` is its folder, `board` a name in wiring.BOARDS. With a `script` the run ends with it; without one the device
    lives, plugged in, until `stop` or Ctrl-C. `link` becomes a symlink to its serial port. `speed` limits the time to
    so many times life (None: as fast as it goes with a script, life without one). `start` overrides the script's
    wall clock. `app` is the folder with boot.py, main.py and the modules (None: the compiled one of the checkout).
    `heap_bytes` is the whole heap of the 32- or 64-bit port, the models' share included. `on_event` is called for
    everything in events.py, from the thread that runs `run`.

    Raises ClapmarkError (UsageError, ConflictError) with a sentence where a run cannot begin.
    """

    def __init__(
        self,
        state: Path,
        board: str = "sim",
        script: Script | None = None,
        link: Path | None = None,
        speed: float | None = None,
        *,
        bits: Bits = 32,
        heap_bytes: int = HEAP_BYTES,
        start: datetime | None = None,
        app: Path | None = None,
        new_panel: Callable[[], PanelModel] = _st7789,
        on_event: OnEvent | None = None,
    ) -> None:
        self._wiring = wiring_of(board)
        if script is not None:
            script.check_buttons(tuple(self._wiring.buttons))
        self._state = StateFolder(state)
        self._link = link
        self._live = script is None
        self._speed = 1.0 if self._live and speed is None else speed
        self._command = (*find_micropython(bits), "-X", f"heapsize={heap_bytes}")
        self._app = (app or compiled_app()).resolve()
        self._on_event = on_event
        self._seed = script.seed if script is not None else 0
        self._random = Random(self._seed or None)  # noqa: S311  # nosec B311 # bounces, not secrets
        self._clock = WorldClock(start or (script.start if script is not None else None))
        self._timeline = Timeline(script)
        self._board = VirtualBoard(self._wiring, new_panel, self._clock, self._tell)
        self._pace: Pace | None = None
        self._wake_at_us: int | None = None
        self._fresh_input = False
        self._to_device = b""
        self._exit: int | None = None
        self._inbox: SimpleQueue[Action] = SimpleQueue()

    def run(self) -> int:
        """Run to the end; return the exit code: 0, 1 (the device died, or broke a rule of the flash), or 130."""
        with ExitStack() as stack:
            stack.enter_context(self._state)
            self._state.prepare_flash()
            self._state.prepare_board(self._wiring.name)
            self._log = stack.enter_context(self._state.log.open("ab"))
            self._line = SerialLine(self._link)
            stack.callback(self._line.close)
            self._tended_at = self._heard_at = time.monotonic()
            folders = (self._state.hardware(), self._app)
            self._device = PoweredDevice(
                self._command, folders, self._state, self._board, self._clock, self._seed, self._log, self._tell
            )
            stack.callback(lambda: self._device.process.kill())  # noqa: PLW0108  the process of that moment
            try:
                self._live_on()
            except KeyboardInterrupt:
                self._exit = ExitCode.INTERRUPTED
            except DeviceDiedError as death:
                self._tell(EventKind.CRASHED, str(death), 0)
                self._exit = ExitCode.FAILED
            code = ExitCode.FAILED if self._exit is None else self._exit
            self._tell(EventKind.ENDED, "", code)
            return code

    @property
    def port(self) -> str:
        """Return the path of the device's serial port, while `run` runs."""
        return self._line.port

    def post(self, action: Action) -> None:
        """Have something happen as soon as the device waits; may be called from any thread.

        Raises ValueError if the board has no such button.
        """
        if isinstance(action, Press) and action.button not in self._wiring.buttons:
            raise ValueError(f"this board has no button {action.button}; it has {', '.join(self._wiring.buttons)}")
        self._inbox.put(action)

    def stop(self) -> None:
        """End the run; may be called from any thread."""
        self.post(End())

    def _live_on(self) -> None:
        self._set_pace(self._speed)
        if self._live:
            self._plug()
        while self._exit is None:
            self._perform_due()
            if self._exit is None:
                self._go_on()
                self._pump()

    # time

    def _set_pace(self, factor: float | None) -> None:
        self._pace = Pace(factor, self._clock.now_us) if factor else None
        if factor == 1:
            self._state.write_clock(self._clock.utc_ms)

    def _go_on(self) -> None:
        """Answer the device if it waits and its time has come; else see to it that it is answered then."""
        ask = self._device.ask
        if ask is None:
            return
        now_us = self._clock.now_us
        next_us = self._timeline.next_us()
        if self._pace is None or next_us <= now_us:
            self._answer(now_us)
            return
        due_us = self._pace.now_us()
        until_us = min(now_us + ask.us, next_us)
        if ask.wait and self._fresh_input:
            until_us = max(now_us, min(due_us, until_us))
        elif due_us < until_us:
            self._wake_at_us = until_us
            return
        elif ask.wait:  # the device is behind: this wait takes up what it took to compute
            until_us = min(due_us, next_us)
        self._answer(min(until_us, now_us + _LONGEST_GRANT_US))

    def _answer(self, until_us: int) -> None:
        moved_us = until_us - self._clock.now_us
        edge = self._timeline.take_edge(until_us)
        limit_us = _LONGEST_GRANT_US if self._pace is None else _PACED_GRANT_US
        free_us = max(0, min(self._timeline.next_us() - until_us, limit_us))
        paced = self._pace is not None
        if edge is None:
            self._device.answer(moved_us, free_us, paced=paced)
        else:
            self._device.answer(moved_us, free_us, paced=paced, pin=edge.pin, level=edge.level)
        self._wake_at_us = None
        self._fresh_input = False

    # what happens

    def _perform_due(self) -> None:
        try:
            while self._device.ask is not None:
                self._perform(self._inbox.get_nowait())
        except Empty:
            pass
        while self._device.ask is not None and self._exit is None:
            step = self._timeline.take_step(self._clock.now_us)
            if step is None:
                return
            self._perform(step.action)

    def _perform(self, action: Action) -> None:
        match action:
            case Press(button, length_us):
                pin = self._wiring.buttons[button]
                self._timeline.add_edges(press_edges(self._random, pin, self._clock.now_us, length_us))
                self._tell(EventKind.PRESSED, button, length_us // 1000)
            case Screenshot(name):
                path = self._state.path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                self._board.picture().save(path)
                self._tell(EventKind.SCREENSHOT, str(path), 0)
            case Plug() if not self._line.plugged:
                self._timeline.held = True
                self._set_pace(1.0)
                self._plug()
            case Reset():
                self._tell(EventKind.RESET, "", 0)
                self._restart(HARD)
            case PowerCut():
                self._tell(EventKind.POWER_CUT, "", 0)
                self._restart(POWER_ON)
            case End():
                self._exit = ExitCode.FAILED if self._board.violations else ExitCode.OK

    def _restart(self, cause: int) -> None:
        self._device.restart(cause)
        self._to_device = b""

    def _plug(self) -> None:
        self._line.plugged = True
        self._tell(EventKind.PLUGGED, str(self._link or self._line.port), 0)
        if self._line.is_open:
            self._tell(EventKind.OPENED, "", 0)

    def _unplug(self) -> None:
        ask = self._device.ask
        if ask is not None and ask.wait and self._pace is not None:  # its wait has lasted until now
            until_us = min(self._pace.now_us(), self._clock.now_us + ask.us, self._timeline.next_us())
            self._answer(max(until_us, self._clock.now_us))
        self._line.plugged = False
        self._timeline.go_on(self._clock.now_us)
        self._set_pace(self._speed)
        self._tell(EventKind.UNPLUGGED, "", 0)

    # wires

    def _pump(self) -> None:
        """Move what can be moved between device, laptop and world; return when something came, or the time has."""
        process = self._device.process
        line = self._line
        inputs = [process.traffic, process.serial_out]
        if line.is_open:
            inputs.append(line.fileno())
        outputs = [line.fileno()] if line.wants_to_write() else []
        timeout_s = _TEND_S
        if self._wake_at_us is not None and self._pace is not None:
            timeout_s = min(timeout_s, self._pace.real_s_until(self._wake_at_us))
        ready, writable, _ = select.select(inputs, outputs, [], timeout_s)
        now = time.monotonic()
        if process.serial_out in ready:
            line.send(self._device.read_serial())
        if process.traffic in ready:
            self._heard_at = now
            self._device.read_traffic()
            if self._device.process is not process:  # it has reset itself, and what it had not read is lost
                self._to_device = b""
                return
        elif self._device.ask is None and now - self._heard_at > _HUNG_S:
            raise self._device.death(f"The device has not waited for anything for {_HUNG_S:.0f} s: it hangs.")
        if line.fileno() in ready or writable or self._to_device or now - self._tended_at >= _TEND_S:
            self._tended_at = now
            self._tend_line()

    def _tend_line(self) -> None:
        changes, data = self._line.tend()
        self._to_device += data
        if self._to_device:
            self._to_device = self._to_device[self._device.process.write_serial(self._to_device) :]
            self._fresh_input = True
        if not self._line.plugged:
            return
        for change in changes:
            self._tell(EventKind.OPENED if change is LineChange.OPENED else EventKind.CLOSED, "", 0)
            if change is LineChange.CLOSED and self._timeline.held:
                self._unplug()

    def _tell(self, kind: EventKind, text: str, number: int) -> None:
        event = Event(kind, self._clock.now_us / 1e6, text, number)
        if kind not in {EventKind.OUTPUT, EventKind.TONE}:
            self._log.write(f"{event}\n".encode())
            self._log.flush()
        if self._on_event is not None:
            self._on_event(event)
