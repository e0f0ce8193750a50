"""`make demo`: a conference afternoon on the virtual device, from a press to a note, with the commands a user types.

It is `python -m clapmark.sim.demo.demo FOLDER`.
"""

import shutil
import sys
import threading
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from clapmark import cli
from clapmark.archive.archive import Archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.base.install import extra_command
from clapmark.conference import Conference
from clapmark.crowd.share_state import KEY_VARIABLE
from clapmark.firmware_build.micropython import provide
from clapmark.sim import Event, EventKind, Simulation, read_script

SLUG = "pycon-us-2019"
SHOWN_TALK = "maintai-zz29"

_PLUG_TIMEOUT_S = 300


class Demo:
    """One run in the folder `home`, which is created again: archive, virtual device, screenshots."""

    def __init__(self, home: Path, environment: Environment) -> None:
        self.home = home
        self.archive = home / "archive"
        self.post = self.archive / "content" / "posts" / f"{SLUG}.md"
        self.device = home / "device"
        self.port = home / "port"
        # the laptop lives in the virtual device's afternoon
        variables = {**environment.variables, "CLAPMARK_CLOCK": str(self.device / "clock")}
        self._environment = replace(environment, variables=variables)
        self._plugged = threading.Semaphore(0)
        self._ended = threading.Event()
        self._exit_code = 0
        self._presses = 0

    def run(self) -> int:
        """Play both acts; return the exit code of the first command that fails, or 0."""
        code = self.act_one()
        if code:
            return code
        self.act_two()
        self._say(f"The post: {self.post}")
        self._say(f"The device's screens: {self.device}/*.png")
        self._say(f"Try next: cd {self.archive} && {Path(sys.executable).parent / 'clapmark'} show")
        return 0

    def act_one(self) -> int:
        """Play the afternoon, from a press to a note; return an exit code as `run` does."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        with resources.as_file(resources.files("clapmark.sim.demo")) as sample:
            self._type("init", str(self.archive))
            listing = str(sample / "pycon-us-afternoon.txt")
            self._type("schedule", "load", listing, "--start", "2019-05-03", "--zone", "America/New_York",
                       "--conference", SLUG, "--title", "PyCon US 2019", archive=True)  # fmt: skip
            script = read_script(sample / "afternoon.script")
            provide(32, self._environment.tell)
            simulation = Simulation(self.device, "sim", script, self.port, on_event=self._on_event)
            player = threading.Thread(target=self._play, args=(simulation,))
            self._say("The virtual device starts; the laptop is plugged in.")
            player.start()
        try:
            self._wait_for_plug()
            self._type("schedule", "push", archive=True, port=True)
            self._say("The afternoon passes, faster than life ...")
            self._wait_for_plug()
            self._say(f"{self._presses} presses later, the laptop is plugged in again.")
            self._type("sync", archive=True, port=True)
        finally:
            if not self._ended.wait(10):
                simulation.stop()
            player.join()
        if self._exit_code:
            return self._exit_code
        self._type("notes", archive=True)
        self._type("show", SHOWN_TALK, archive=True)
        self._type("report", archive=True)
        return 0

    def act_two(self) -> None:
        """Share with a hub; it needs packages that a plain installation does not have."""
        if find_spec("starlette") is None or find_spec("alembic") is None:
            self._say(f"Act two, the hub, needs more packages: {extra_command('hub')}")
            return
        from clapmark.sim.demo import act_two  # noqa: PLC0415

        key = str(self.home / "share.key")
        self._environment = replace(self._environment, variables={**self._environment.variables, KEY_VARIABLE: key})
        act_two.play(self.home, Conference(Archive(self.archive), SLUG), self._say, self._type)

    def _play(self, simulation: Simulation) -> None:
        try:
            self._exit_code = simulation.run()
        except ClapmarkError as error:
            self._environment.tell(str(error))
            self._exit_code = int(error.exit_code)
        finally:
            self._ended.set()
            self._plugged.release()

    def _on_event(self, event: Event) -> None:
        if event.kind == EventKind.PRESSED:
            self._presses += 1
        elif event.kind == EventKind.PLUGGED:
            self._plugged.release()
        elif event.kind in {EventKind.CRASHED, EventKind.FLASH_VIOLATION}:
            self._environment.tell(str(event))

    def _wait_for_plug(self) -> None:
        if not self._plugged.acquire(timeout=_PLUG_TIMEOUT_S) or self._ended.is_set():
            raise ClapmarkError(f"The virtual device stopped early; {self.device / 'device.log'} says why.")

    def _type(self, *words: str, archive: bool = False, port: bool = False) -> None:
        """Run a command as a user would type it, the line above its output."""
        arguments = list(words)
        arguments += ["--archive", str(self.archive)] if archive else []
        arguments += ["--port", str(self.port)] if port else []
        self._environment.tell(f"\n$ clapmark {' '.join(arguments)}")
        code = cli.run(arguments, self._environment)
        if code:
            raise ClapmarkError(f"`clapmark {words[0]}` ended with {code}; the demo stops here.")

    def _say(self, sentence: str) -> None:
        self._environment.tell(f"\n{sentence}")


def main() -> int:
    """Run the demo in the folder that the command line names."""
    environment = Environment()
    try:
        return Demo(Path(sys.argv[1]).resolve(), environment).run()
    except ClapmarkError as error:
        environment.tell(str(error))
        return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
