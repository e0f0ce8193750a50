"""Pure decisions and formats: no machine, no asyncio; the same files run on MicroPython and on the laptop."""
