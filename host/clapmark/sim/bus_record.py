"""What every model of a display controller keeps of the bus: how much came, and what was wrong with it."""

_MOST_VIOLATIONS = 100


class BusRecord:
    """Counts what comes over the bus. `violations` are sentences, as many as somebody may want to read."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.bytes_received = 0
        self.bus_writes = 0

    def _count(self, data: bytes) -> None:
        self.bytes_received += len(data)
        self.bus_writes += 1

    def _complain(self, sentence: str) -> None:
        if len(self.violations) < _MOST_VIOLATIONS:
            self.violations.append(sentence)
