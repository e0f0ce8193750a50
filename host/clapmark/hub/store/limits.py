"""How much one contributor may send."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a hub; `clapmark hub` takes each from its configuration."""

    marks: int = 5_000  # that a contributor can have, those that were taken back included
    contributors: int = 5_000  # of a code, unless it was made with another limit
    body: int = 1_000_000  # bytes of a request, unpacked
    body_s: float = 10.0  # until a request's body must be there
    pushes_a_minute: float = 120.0  # of one code's contributors each, on average
    burst: int = 30
