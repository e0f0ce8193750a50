"""`clapmark stage`: the countdown on the projector, and a remote in the chair's pocket."""

import io
import webbrowser
from pathlib import Path

import click

from clapmark.archive.archive import Archive, find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.install import extra_command
from clapmark.commands.options import archive_option, complete_conference, port_option

_ALL = "0.0.0.0"  # noqa: S104  # nosec B104  # only where --bind says so


@click.command("stage", short_help="Show the countdown on the projector.")
@port_option
@click.option("--no-device", is_flag=True, help="Do not look for a device: the laptop counts.")
@click.option("--bind", "address", metavar="ADDRESS", default="127.0.0.1", show_default=True,
              help="The address to serve at; 0.0.0.0: all, so that phones reach it.")  # fmt: skip
@click.option("--http-port", type=click.IntRange(1, 65535), help="The port to serve at. Default: 8020, or a free one.")
@click.option("--host", "names", multiple=True, metavar="NAME", help="A further name of this computer in browsers.")
@click.option("--session", "session_name", metavar="NAME", help="The session [sessions.NAME] of clapmark.toml.")
@click.option("--conference", "slug", shell_complete=complete_conference, help="The conference. Default: the only one.")
@click.option("--room", default="", help="The room whose session it is. Default: the one of the device's talk.")
@click.option("--view-token", is_flag=True, help="Show the stage only to those who have its link.")
@click.option("--new-token", is_flag=True, help="Make new links; those of earlier runs no longer work.")
@click.option("--remotes", type=click.IntRange(1, 20), default=1, show_default=True, help="Remotes at the same time.")
@click.option("--open", "is_opening", is_flag=True, help="Open the stage in the web browser.")
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    port: str | None,
    no_device: bool,
    address: str,
    http_port: int | None,
    names: tuple[str, ...],
    session_name: str | None,
    slug: str | None,
    room: str,
    view_token: bool,
    new_token: bool,
    remotes: int,
    is_opening: bool,
    folder: Path,
) -> None:
    """Show the countdown on the projector, on the speaker's screen and on the chair's phone.

    The device leads while it is plugged in, and the pages count on when its cable is pulled. Without a device the
    laptop counts, and the remote or the keyboard operates it. `clapmark sync` works while the stage runs. docs/stage.md
    is the guide.

    \b
    Examples:
      clapmark stage
      clapmark stage --bind 0.0.0.0
      clapmark stage --no-device --session lightning-friday
    """
    try:
        import segno  # noqa: PLC0415  # an optional dependency, as are the next
        import uvicorn  # noqa: PLC0415

        from clapmark.stage import serve  # noqa: PLC0415
        from clapmark.stage.rundown import Rundown  # noqa: PLC0415
        from clapmark.stage.running import announced  # noqa: PLC0415
        from clapmark.stage.source import Source  # noqa: PLC0415
        from clapmark.stage.stage import Stage  # noqa: PLC0415
        from clapmark.stage.state_folder import state_folder  # noqa: PLC0415
        from clapmark.stage.web.access import Access, tokens  # noqa: PLC0415
        from clapmark.stage.web.app import StageApp  # noqa: PLC0415
        from clapmark.stage.web.guard import own_names  # noqa: PLC0415
    except ImportError as error:
        raise ClapmarkError(
            f"The stage needs packages that are not installed. This adds them: {extra_command('stage')}"
        ) from error
    if no_device and port is not None:
        raise UsageError("Choose one of --port and --no-device.")
    archive = _archive(folder, session_name or slug)
    source = Source(archive, environment, slug, room, session_name) if archive else None
    rundown = source.read() if source else Rundown()
    bound = serve.listen(address, http_port)
    is_open = address not in {"127.0.0.1", "::1"}
    stage = Stage(environment, rundown, offset_s=environment.utc_offset_s())
    if source:
        stage.offset_s = source.offset_s()
        stage.resession = source.around if not session_name else None
    keys = tokens(state_folder(), environment.utc_ms(), is_new=new_token)
    number = bound.getsockname()[1]
    base = f"http://{serve.shown_address(address)}:{number}"
    remote_url = f"{base}/remote#{keys.control}"
    runner = serve.Runner(stage, environment, port=port, with_device=not no_device, archive=archive, source=source)
    app = StageApp(stage, Access(keys, view_needs_token=view_token), remote_url, remotes=remotes, runner=runner)
    environment.tell(f"The stage is at {base}/{'?token=' + keys.view if view_token else ''} until you press Ctrl-C.")
    environment.tell(f"To operate it from this computer: http://127.0.0.1:{number}/#{keys.control}")
    if is_open:
        environment.tell(f"The remote, for the chair's phone: {remote_url}")
        if environment.is_terminal:
            drawn = io.StringIO()
            segno.make(remote_url, error="l").terminal(drawn, compact=True)
            environment.stderr.write(drawn.getvalue())
    else:
        environment.tell("Only this computer reaches it. For a phone as remote: --bind 0.0.0.0")
    if is_opening:
        webbrowser.open(f"http://127.0.0.1:{number}/#{keys.control}")
    config = uvicorn.Config(
        app.app(own_names(names), is_open=is_open),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=16_384,
    )
    local = f"http://127.0.0.1:{number}" if address in {"127.0.0.1", _ALL} else base
    with announced(state_folder(), local, app.local_token, port):
        uvicorn.Server(config).run(sockets=[bound])


def _archive(folder: Path, is_needed: object) -> Archive | None:
    try:
        return find_archive(folder)
    except UsageError:
        if is_needed or folder != Path():
            raise
        return None  # a stage needs no archive
