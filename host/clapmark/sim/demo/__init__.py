"""The scripted conference afternoon of `make demo`."""
