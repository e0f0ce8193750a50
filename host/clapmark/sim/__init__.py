"""The virtual device: the real firmware on the unix port, with models of the hardware around it."""

from clapmark.sim.events import Event, EventKind
from clapmark.sim.script import Script, ScriptError, parse_script, read_script
from clapmark.sim.world import HEAP_BYTES, MODELS_HEAP_BYTES, Simulation

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
