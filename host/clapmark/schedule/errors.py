"""What can be wrong with a schedule, said to the person who gave it to us."""

from clapmark.base.errors import ClapmarkError


class ScheduleError(ClapmarkError):
    """A schedule that cannot be read; the message names the file and the place, and says what to do."""
