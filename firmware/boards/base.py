"""What all boards have: a module of its own, because it stays in memory and its neighbours do not."""


class Base:
    """What a board has by default: nothing but its chip."""

    sounders: tuple = ()  # objects with on() and off() that a room hears
    lights: tuple = ()  # ... and those that it does not
    problems: list = []  # sentences: what does not work; a board that finds something has a list of its own

    def battery_percent(self):
        """Return how full the battery is, or -1 where that is not known."""
        return -1

    def chip(self):
        """Return what the chip itself has, the module of its functions; it is seldom asked, so nobody keeps it."""
        from firmware.boards import esp32_chip

        return esp32_chip
