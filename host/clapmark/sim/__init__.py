"""The virtual device: the real firmware on the unix port, with models of the hardware around it."""

from clapmark.firmware_build.micropython import check_platform

check_platform()  # before the imports, which fail on Windows

from clapmark.sim.events import Event, EventKind  # noqa: E402  after the check
from clapmark.sim.script import Script, ScriptError, parse_script, read_script  # noqa: E402  after the check
from clapmark.sim.world import HEAP_BYTES, MODELS_HEAP_BYTES, Simulation  # noqa: E402  after the check

__all__ = [
    "HEAP_BYTES",
    "MODELS_HEAP_BYTES",
    "Event",
    "EventKind",
    "Script",
    "ScriptError",
    "Simulation",
    "parse_script",
    "read_script",
]
