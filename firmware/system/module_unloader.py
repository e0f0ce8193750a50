"""Modules that are needed now and then: imported where they are needed, and forgotten again.

MicroPython keeps an imported module for good, with 1 to 3 KB of code. `settle` draws a line when the app starts, and
`sweep` forgets what was imported after it. Objects and classes of a forgotten module live on while somebody holds
them; the next import loads the file again. Therefore such a module must not hold state.
"""

import sys

_kept: tuple[str, ...] = ()


def settle():
    """Keep all modules of the app that are imported by now."""
    global _kept
    _kept = tuple([name for name in sys.modules if name.startswith("firmware.")])


def sweep(prefix="firmware."):
    """Forget the modules that were imported since `settle` and whose names begin with `prefix`."""
    for name in list(sys.modules):
        if name.startswith(prefix) and name not in _kept:
            del sys.modules[name]
            package, _, module = name.rpartition(".")
            if hasattr(sys.modules.get(package), module):
                delattr(sys.modules[package], module)
