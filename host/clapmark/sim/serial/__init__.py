"""The serial line of the virtual device: a pty, what the chip prints on it, and its wires."""
