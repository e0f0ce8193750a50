"""What can be wrong with a schedule, said to the person who gave it to us."""

from clapmark.base.errors import ClapmarkError


class ScheduleError(ClapmarkError):
    """A schedule that cannot be read; the message names the file and the place, and says what to do."""


class RecordError(ScheduleError):
    """One record of a schedule that cannot be read; the others can. `fact` says where and why, without the file."""

    def __init__(self, file: str, fact: str) -> None:
        super().__init__(f"{file}, {fact}. Correct it or export it again.")
        self.fact = fact
