"""Loads the schedule file at a start, and when a laptop has pushed a new one. In memory only while it is needed."""

from firmware.core.schedule import SCHEDULE_PATH, Schedule, ScheduleError


def load(controller):
    """Use the schedule file on the device; report a broken one on the screen and leave it as it is."""
    schedule = None
    problem = ""
    controller.use_schedule(None)  # closes the file of the one before
    try:
        file = open(SCHEDULE_PATH, "rb")  # noqa: SIM115  stays open: rows are read when needed
        try:
            schedule = Schedule(file)
        except ScheduleError as error:
            file.close()
            problem = str(error)
    except OSError:
        pass  # no schedule yet: the device marks moments without one
    controller.state.set_schedule_problem(problem)
    if schedule:
        controller.use_schedule(schedule)
