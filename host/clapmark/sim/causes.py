"""Why a chip starts: the numbers of machine.PWRON_RESET and its fellows, and what the ESP32's ROM calls them."""

from dataclasses import dataclass

POWER_ON, HARD, WATCHDOG, DEEP_SLEEP, SOFT = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Cause:
    """`name` is ours; the ROM prints `rst:0x<rom_number> (<rom_name>_RESET)`.

    The numbers are those of esp_rom/include/esp32/rom/rtc.h in ESP-IDF.
    """

    name: str
    rom_number: int
    rom_name: str


CAUSES = {
    POWER_ON: Cause("poweron", 0x1, "POWERON"),
    HARD: Cause("hard", 0xC, "SW_CPU"),
    WATCHDOG: Cause("watchdog", 0x8, "TG1WDT_SYS"),
    DEEP_SLEEP: Cause("deepsleep", 0x5, "DEEPSLEEP"),
    SOFT: Cause("soft", 0xC, "SW_CPU"),
}
