"""Freezes the app into a MicroPython of your own; docs/flashing.md says how. Not copied to a device.

In ports/esp32: make BOARD=ESP32_GENERIC FROZEN_MANIFEST=/path/to/clapmark/firmware/manifest.py

Frozen code runs from flash and takes no heap. A file of the same name in the device's file system still comes first,
so `clapmark deploy` works on such a device too.
"""

# what the port itself freezes: file system, asyncio, drivers
include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821  the words of docs.micropython.org/en/latest/reference/manifest.html

package("firmware", base_path="..")  # noqa: F821  the freezer's names
module("boot.py", base_path="..")  # noqa: F821  the freezer's names
module("main.py", base_path="..")  # noqa: F821  the freezer's names
