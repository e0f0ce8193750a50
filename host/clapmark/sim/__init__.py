"""The virtual device: the real firmware on the unix port, with models of the hardware around it."""
