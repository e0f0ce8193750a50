"""What pytest leaves to MicroPython (`tests/device/run.py`)."""

collect_ignore_glob = ["device/test_mp_*.py"]
