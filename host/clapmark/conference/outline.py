"""What all conferences of an archive share: their days, the boots in the journals, what a person assigned."""

from functools import cached_property

from clapmark.archive.archive import Archive
from clapmark.archive.journals import Journal
from clapmark.archive.partial_log import PartialLog
from clapmark.archive.wall_time import Clock
from clapmark.bookmarks.assignments import read_assignments, read_drops
from clapmark.bookmarks.linker import ScheduleSpan
from clapmark.conference.spans import read_spans


class Outline:
    """Read once for several conferences of the same archive. Holds no schedule and no record of a bookmark."""

    def __init__(self, archive: Archive) -> None:
        """Nothing is read yet."""
        self.archive = archive

    @cached_property
    def spans(self) -> list[ScheduleSpan]:
        """When each conference can have bookmarks, sorted by slug."""
        return read_spans(self.archive)

    @cached_property
    def logs(self) -> list[PartialLog]:
        """The journals, with the times of their boots."""
        return [PartialLog(self.archive, device, epoch) for device, epoch in self.archive.journals()]

    @cached_property
    def assignments(self) -> dict[str, tuple[str, str]]:
        """The slug and talk id that a person gave a bookmark, by its id."""
        return read_assignments(self.archive)

    @cached_property
    def drops(self) -> frozenset[str]:
        """The ids of the bookmarks that a person dropped."""
        return frozenset(read_drops(self.archive))

    @property
    def placed_by_hand(self) -> frozenset[str]:
        """The ids of the bookmarks that a person assigned to a conference that is there, or dropped."""
        slugs = {span.slug for span in self.spans}
        return self.drops | {name for name, (slug, _) in self.assignments.items() if slug in slugs}

    def boots_of(self, span: ScheduleSpan) -> list[tuple[PartialLog, list[int]]]:
        """Return the boots that may have bookmarks of a conference, by journal."""
        return [(log, [boot for boot in log.boots if span.overlaps(log.span(boot))]) for log in self.logs]

    def journals_without_conference(self) -> list[tuple[Journal, Clock]]:
        """Return the records of the boots that fall into no conference's days."""
        found = []
        for log in self.logs:
            boots = [boot for boot in log.boots if not any(span.overlaps(log.span(boot)) for span in self.spans)]
            if boots:
                found.append((log.read(boots), log.clock))
        return found
