"""One module per kind of hardware: pins, panel, buttons, capabilities."""
