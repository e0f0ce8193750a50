"""Plays cues on whatever the board has: buzzer, vibration motor, LED. Never blocks: it only sleeps between edges."""

from firmware.core.cues import pattern
from firmware.wakeup import Wakeup


class CuePlayer:
    """Plays the newest cue; a newer one cuts an older one short."""

    def __init__(self, sounders, lights):
        self._sounders = sounders  # objects with on() and off() that a room hears
        self._lights = lights  # ... and those that it does not
        self._wakeup = Wakeup()
        self._pattern: tuple = ()
        self._silent = False

    def play(self, stage, silent):
        """Play the cue of a stage that begins now; `silent` leaves out what can be heard."""
        self._pattern = pattern(stage)
        self._silent = silent
        self._wakeup.wake()

    async def run(self):
        """Play what `play` asks for, forever."""
        while True:
            playing = self._pattern
            self._pattern = ()
            is_on = False
            for ms in playing:
                is_on = not is_on
                self._switch(is_on)
                await self._wakeup.sleep_ms(ms)
                if self._pattern:
                    break
            self._switch(False)
            if not self._pattern:
                await self._wakeup.sleep_ms(3_600_000)

    def _switch(self, on):
        for output in self._lights:
            output.on() if on else output.off()
        for output in self._sounders:
            output.on() if on and not self._silent else output.off()
