"""The serial protocol's laptop side: ports, frames, client."""
