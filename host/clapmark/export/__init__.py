"""Exports: the bookmarks of talks in the formats of other programs, one small plug-in each (docs/export.md).

A plug-in is a `Format`, named by an entry point of the group `clapmark.exports`. It gets talks with their marks and
returns bytes; where they come from and where they go is none of its business.
"""

from clapmark.export.model import ExportError, Format, Mark, Result, TalkMarks

__all__ = ["ExportError", "Format", "Mark", "Result", "TalkMarks"]
