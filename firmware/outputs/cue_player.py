"""Plays cues on the board's buzzer, vibration motor or LED. Never blocks: it only sleeps between edges."""

from micropython import const

from firmware.system.wakeup import Wakeup

_REST_MS = const(1000)  # between two signs of life, while there is nothing to play
_FADE_MS = const(20)  # a step of the LED; it is dark after 0.7 seconds

# by stage (core.countdown), and the tick: on for so many ms, off for so many, how often
_PATTERNS = (
    (0, 0, 0),
    (30, 0, 1),  # one finger
    (30, 170, 2),  # two fingers
    (25, 35, 21),  # applause: a roll of 1.2 seconds
    (120, 0, 1),  # overtime
    (8, 0, 1),  # tick
)


class CuePlayer:
    """Plays the newest cue; a newer one cuts an older one short."""

    def __init__(self, sounders, lights, led):
        self._sounders = sounders  # objects with on() and off() that a room hears
        self._lights = lights  # ... and those that it does not
        self._led = led  # the one of them that glows on after a cue, or None
        self.wakeup = Wakeup()
        self._stage = 0
        self._silent = False

    def play(self, stage, silent):
        """Play the cue of a stage that begins now; `silent` leaves out what can be heard."""
        self._stage = stage
        self._silent = silent
        self.wakeup.wake()

    async def run(self):
        """Play what `play` asks for, forever."""
        self._switch(False)  # a fault may have left something on
        while True:
            on_ms, off_ms, times = _PATTERNS[self._stage]
            self._stage = 0
            while times and not self._stage:
                times -= 1
                self._switch(True)
                await self.wakeup.sleep_ms(on_ms)
                self._switch(False)
                if times and not self._stage:
                    await self.wakeup.sleep_ms(off_ms)
            led = self._led
            if led and on_ms:
                led.on()
                while not self._stage and led.fade():
                    await self.wakeup.sleep_ms(_FADE_MS)
            if not self._stage:
                await self.wakeup.sleep_ms(_REST_MS)

    def _switch(self, on):
        for output in self._lights:
            output.on() if on else output.off()
        for output in self._sounders:
            output.on() if on and not self._silent else output.off()
