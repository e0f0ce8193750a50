"""Runs the power cuts of one day on MicroPython: `micropython tests/faults/run_cuts.py DAY` from the repository's root.

Prints a line for each promise that broke, then the number of states.
"""

import sys

sys.path.insert(0, ".")

from tests.faults.cuts import power_cuts

print(power_cuts(int(sys.argv[1]), print))
