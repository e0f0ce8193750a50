"""Runs the power cuts of one day on MicroPython.

From the repository's root: `micropython tests/faults/journal/run_cuts.py DAY`.

Prints a line for each promise that broke, then the number of states.
"""

import sys

sys.path.insert(0, ".")

from tests.faults.journal.cuts import power_cuts

print(power_cuts(int(sys.argv[1]), print))
