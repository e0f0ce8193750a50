"""One module per command of `clapmark`."""
