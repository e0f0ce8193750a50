"""One conference of the archive as plain data, read lazily: what every post, export, picture and table is made from."""

from clapmark.conference.conference import Conference
from clapmark.conference.outline import Outline

__all__ = ["Conference", "Outline"]
