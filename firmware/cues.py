"""Plays cues on whatever the board has: buzzer, vibration motor, LED. Never blocks: it only sleeps between edges."""

from firmware.wakeup import Wakeup

# by stage (core.countdown): on for so many ms, off for so many, how often
_PATTERNS = (
    (0, 0, 0),
    (30, 0, 1),  # one finger
    (30, 170, 2),  # two fingers
    (25, 35, 21),  # applause: a roll of 1.2 seconds
    (120, 0, 1),  # overtime
)


class CuePlayer:
    """Plays the newest cue; a newer one cuts an older one short."""

    def __init__(self, sounders, lights):
        self._sounders = sounders  # objects with on() and off() that a room hears
        self._lights = lights  # ... and those that it does not
        self._wakeup = Wakeup()
        self._stage = 0
        self._silent = False

    def play(self, stage, silent):
        """Play the cue of a stage that begins now; `silent` leaves out what can be heard."""
        self._stage = stage
        self._silent = silent
        self._wakeup.wake()

    async def run(self):
        """Play what `play` asks for, forever."""
        while True:
            on_ms, off_ms, times = _PATTERNS[self._stage]
            self._stage = 0
            while times and not self._stage:
                times -= 1
                self._switch(True)
                await self._wakeup.sleep_ms(on_ms)
                self._switch(False)
                if times and not self._stage:
                    await self._wakeup.sleep_ms(off_ms)
            if not self._stage:
                await self._wakeup.sleep_ms(3_600_000)

    def _switch(self, on):
        for output in self._lights:
            output.on() if on else output.off()
        for output in self._sounders:
            output.on() if on and not self._silent else output.off()
