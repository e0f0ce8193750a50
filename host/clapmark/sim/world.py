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

from PIL import Image

from clapmark.base.errors import ExitCode
from clapmark.firmware_build.build import current_app, current_models
from clapmark.firmware_build.micropython import Bits, find_micropython
from clapmark.sim.board import PanelModel, VirtualBoard
from clapmark.sim.bounce import Lateness, press_edges
from clapmark.sim.causes import HARD, POWER_ON, WATCHDOG
from clapmark.sim.events import Event, EventKind, OnEvent
from clapmark.sim.models.uart import Uart
from clapmark.sim.power import DeviceDiedError, PoweredDevice
from clapmark.sim.schedule_steps import frame_of
from clapmark.sim.script import Action, Battery, End, Plug, PowerCut, Press, Reset, Screenshot, Script, Send
from clapmark.sim.serial.serial_line import LineChange, SerialLine
from clapmark.sim.state_folder import StateFolder
from clapmark.sim.time_keeper import TimeKeeper
from clapmark.sim.timeline import Timeline
from clapmark.sim.wiring import I2cPanel, Wiring, wiring_of
from clapmark.sim.world_clock import WorldClock

HEAP_BYTES = 140 * 1024  # an ESP32 without SPIRAM has 134 to 167 KB, by MicroPython's version (docs/hardware-facts.md)
# At most what the hardware models take of it (on the ESP32 their place is in flash), and the tables of the garbage
# collector. The size of a heap leaves these out, here and there: it is `gc.mem_free() + gc.mem_alloc()`.
MODELS_HEAP_BYTES = 8 * 1024 + 3584

_TEND_S = 0.005  # how soon the world notices a laptop
_CARRY_S = 0.001  # the same while bytes travel
_STUCK_S = 0.05  # a firmware that computes so long may be in a blocking read of the serial line
_HUNG_S = 60.0


def _panel_of(wiring: Wiring) -> Callable[[], PanelModel]:
    if isinstance(wiring.panel, I2cPanel):
        from clapmark.sim.models.ssd1306 import SSD1306Model  # a run with another panel does not need it

        return SSD1306Model
    from clapmark.sim.models.st7789 import ST7789Model

    return ST7789Model


class Simulation:
    """One run of a virtual device.

    `state` is its folder, `board` a name in wiring.BOARDS, or a Wiring. With a `script` the run ends with it; without
    one the device lives, plugged in, until `stop` or Ctrl-C. `link` becomes a symlink to its serial port. `speed`
    limits the time to so many times life (None: as fast as it goes with a script, life without one). `start` overrides
    the script's wall clock. `app` is the folder with boot.py, main.py and the modules (None: build.current_app).
    `heap_bytes` is the heap that the firmware has; the models' share is added to it. `baud` has the serial line
    carry a tenth of it in bytes a second, both ways, into a receive ring as small as the ESP32's (None: no limits).
    With `reset_at_open` a laptop that opens the port resets the device, as DTR and RTS do on most boards. Interrupts
    of the pins are served up to `late_interrupts_ms` (0 to 200) after the level changed, and read the level then.
    `on_event` is called for everything in events.py, from the thread that runs `run`.

    Raises ClapmarkError (UsageError, ConflictError) with a sentence where a run cannot begin.
    """

    def __init__(
        self,
        state: Path,
        board: str | Wiring = "sim",
        script: Script | None = None,
        link: Path | None = None,
        speed: float | None = None,
        *,
        bits: Bits = 32,
        heap_bytes: int = HEAP_BYTES,
        start: datetime | None = None,
        app: Path | None = None,
        baud: int | None = None,
        reset_at_open: bool = False,
        late_interrupts_ms: int = 0,
        new_panel: Callable[[], PanelModel] | None = None,
        on_event: OnEvent | None = None,
    ) -> None:
        self._wiring = wiring_of(board) if isinstance(board, str) else board
        if script is not None:
            script.check_buttons(tuple(self._wiring.buttons))
        self._state = StateFolder(state)
        self._link = link
        self._live = script is None
        self._speed = 1.0 if self._live and speed is None else speed
        self._command = (*find_micropython(bits), "-X", f"heapsize={heap_bytes + MODELS_HEAP_BYTES}")
        self._modules = {"models": current_models(), "app": app or current_app()}
        self._on_event = on_event
        self._new_panel = new_panel or _panel_of(self._wiring)
        self._reset_at_open = reset_at_open
        self._seed = script.seed if script is not None else 0
        self._random = Random(self._seed or None)  # noqa: S311  # nosec B311 # bounces, not secrets
        self._clock = WorldClock(start or (script.start if script is not None else None))
        self._timeline = Timeline(script)
        self._baud = baud
        self._lateness = Lateness(self._seed, late_interrupts_ms)
        self._sent = 0  # requests of the script
        self._exit: int | None = None
        self._stop_asked = False  # not in the inbox: a device that hangs must end too
        self._inbox: SimpleQueue[Action] = SimpleQueue()

    def run(self) -> int:
        """Run to the end; return the exit code: 0, 1 (the device died, or broke a rule of the flash), 130 or 143."""
        with ExitStack() as stack:
            stack.enter_context(self._state)
            self._state.prepare_modules(self._modules)
            flash = self._state.prepare_flash()
            self._state.prepare_board(self._wiring)
            self._log = stack.enter_context(self._state.log.open("ab"))
            self._serial_log = stack.enter_context((self._state.path / "serial.log").open("wb"))
            self._line = SerialLine(self._link)
            stack.callback(self._line.close)
            self._uart = Uart(self._line, self._baud, lambda lost: self._tell(EventKind.OVERRUN, "", lost))
            self._tended_at = self._heard_at = time.monotonic()
            device_id = self._state.device_id(self._seed)
            self._board = VirtualBoard(
                self._wiring, self._new_panel, flash, device_id, self._seed, self._clock, self._tell
            )
            stack.callback(self._board.flash.close)
            self._device = PoweredDevice(self._command, self._state, self._board, self._clock, self._log, self._tell)
            self._keeper = TimeKeeper(
                self._clock, self._timeline, self._board, self._uart, self._device, self._lateness
            )
            stack.callback(lambda: self._device.process.kill())  # noqa: PLW0108  the process of that moment
            try:
                self._live_on()
            except KeyboardInterrupt as stop:  # Ctrl-C, or the signal of another program, which says its exit code
                self._exit = getattr(stop, "exit_code", ExitCode.INTERRUPTED)
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

    @property
    def panel_writes(self) -> int:
        """Return a number that grows whenever the panel may show something else, while `run` runs."""
        return self._board.panel_writes

    def picture(self) -> Image.Image:
        """Return what the panel shows; may be called from any thread while `run` runs.

        Taken in the middle of a redraw, the picture is half of each; `panel_writes` grows again then.
        """
        return self._board.picture()

    def post(self, action: Action) -> None:
        """Schedule an action for the device's next wait; may be called from any thread.

        Raises ValueError if the board has no such button.
        """
        if isinstance(action, Press) and action.button not in self._wiring.buttons:
            raise ValueError(f"this board has no button {action.button}; it has {', '.join(self._wiring.buttons)}")
        self._inbox.put(action)

    def stop(self) -> None:
        """End the run; may be called from any thread."""
        self._stop_asked = True

    def _live_on(self) -> None:
        self._set_pace(self._speed)
        if self._live:
            self._plug()
        while self._exit is None:
            if self._stop_asked:
                self._perform(End())
                return
            self._perform_due()
            if self._exit is None:
                self._keeper.go_on()
                self._pump()

    def _set_pace(self, factor: float | None) -> None:
        self._keeper.set_pace(factor)
        if factor == 1:
            self._state.write_clock(self._clock.utc_ms)

    # what happens

    def _perform_due(self) -> None:
        try:
            while self._device.ask is not None:
                self._perform(self._inbox.get_nowait())
        except Empty:
            pass
        while self._device.ask is not None and self._exit is None:
            step = self._timeline.take_step(self._clock.now_us)
            if step is not None:
                self._perform(step.action)
            elif self._board.watchdog_us is not None and self._board.watchdog_us <= self._clock.now_us:
                self._device.reset_itself(WATCHDOG)
            else:
                return

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
            case Battery(millivolts):
                self._board.battery_mv = millivolts
            case Send(request):
                if not self._device.is_booting:
                    self._uart.receive(frame_of(request, self._sent % 1000), self._clock.now_us)
                self._sent += 1
            case Plug() if not self._line.plugged:
                self._timeline.held = True
                self._set_pace(1.0)
                self._plug()
            case Reset():
                self._tell(EventKind.RESET, "", 0)
                self._device.restart(HARD)
            case PowerCut():
                self._tell(EventKind.POWER_CUT, "", 0)
                self._device.restart(POWER_ON)
            case End():
                self._exit = ExitCode.FAILED if self._board.violations else ExitCode.OK

    def _plug(self) -> None:
        self._line.plugged = True
        self._tell(EventKind.PLUGGED, str(self._link or self._line.port), 0)
        if self._line.is_open:
            self._tell(EventKind.OPENED, "", 0)

    def _unplug(self) -> None:
        self._keeper.end_wait()
        self._line.plugged = False
        self._uart.unplug()
        self._timeline.go_on(self._clock.now_us)
        self._set_pace(self._speed)
        self._tell(EventKind.UNPLUGGED, "", 0)

    # wires

    def _pump(self) -> None:
        """Move what can be moved between device, laptop and world; return when something came, or the time has."""
        process = self._device.process
        line = self._line
        inputs = [process.traffic]
        if self._uart.takes_output:
            inputs.append(process.serial_out)
        if line.is_open:
            inputs.append(line.fileno())
        outputs = [line.fileno()] if line.wants_to_write() else []
        timeout_s = self._keeper.timeout_s(_CARRY_S if self._uart.has_work else _TEND_S)
        ready, writable, _ = select.select(inputs, outputs, [], timeout_s)
        now = time.monotonic()
        while self._uart.takes_output and (data := self._device.read_serial()):
            self._uart.send(data, self._keeper.laptop_us)
            if not self._live:
                self._serial_log.write(data)
        self._uart.carry(self._keeper.laptop_us)
        if process.traffic in ready:
            self._heard_at = now
            self._device.read_traffic()
        elif self._device.ask is None and now - self._heard_at > _STUCK_S:
            if now - self._heard_at > _HUNG_S:
                raise self._device.death(f"The device has not waited for anything for {_HUNG_S:.0f} s: it hangs.")
            self._uart.deliver(process, self._keeper.laptop_us)
        if line.fileno() in ready or writable or self._uart.has_work or now - self._tended_at >= _TEND_S:
            self._tended_at = now
            self._tend_line()

    def _tend_line(self) -> None:
        changes, data = self._line.tend()
        if self._line.plugged:
            for change in changes:
                self._tell(EventKind.OPENED if change is LineChange.OPENED else EventKind.CLOSED, "", 0)
                if change is LineChange.OPENED and self._reset_at_open:
                    self._tell(EventKind.RESET, "the port was opened", 0)
                    self._device.restart(HARD)
        if data and not self._device.is_booting:
            self._uart.receive(data, self._clock.now_us)
        if not self._device.is_booting and self._uart.deliver(self._device.process, self._clock.now_us):
            self._keeper.input_came = True
        if self._line.plugged and LineChange.CLOSED in changes and self._timeline.held:
            self._unplug()

    def _tell(self, kind: EventKind, text: str, number: int) -> None:
        event = Event(kind, self._clock.now_us / 1e6, text, number)
        if kind not in {EventKind.OUTPUT, EventKind.TONE}:
            self._log.write(f"{event}\n".encode())
            self._log.flush()
        if self._on_event is not None:
            self._on_event(event)
