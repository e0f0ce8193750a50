"""`clapmark share`: give one's marks, and nothing else, to a conference's hub."""

import time
from pathlib import Path

import click

from clapmark.archive.archive import find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode, UsageError
from clapmark.base.shell import shell_word
from clapmark.base.words import counted
from clapmark.commands.options import archive_option, chosen_slug, conference_option, json_option
from clapmark.conference import Conference
from clapmark.crowd.hub_client import HubError, OfflineError, hub_address
from clapmark.crowd.share_state import ShareState, read_key, read_state, remove_state, shared_slugs
from clapmark.crowd.sharing import ATTEMPTS, Shared, Sharing
from clapmark.crowd.wire import normal_code


@click.command("share", short_help="Share your marks with a conference's hub, and nothing else.")
@click.option("--to", "address", metavar="URL", help="The hub. Once: it is remembered for this conference.")
@click.option("--code", help="The conference's code, as printed on the badge or the poster.")
@click.option("--dry-run", is_flag=True, help="Print every byte that would be sent; send nothing.")
@click.option("--forget", "is_forgetting", is_flag=True, help="Delete all your marks at the hub, and stop sharing.")
@click.option("--wait", "is_waiting", is_flag=True, help="While the hub cannot be reached, go on until it can.")
@conference_option
@json_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    address: str | None,
    code: str | None,
    dry_run: bool,
    is_forgetting: bool,
    is_waiting: bool,
    slug: str | None,
    as_json: bool,
    folder: Path,
) -> int:
    """Share the marks of a conference with its hub, so that everybody sees which moments many people marked.

    Of each mark the hub gets the talk, the second within it with its uncertainty, the tag and the length: no words,
    no notes, no serial number, no clock time, no journal. Run it again after a sync: what is new, assigned, retagged or
    taken back follows. It can be repeated without harm. Nothing is shared until you type --to and --code once.

    \b
    Examples:
      clapmark share --to https://hub.example --code ABCD-EFGH-JKMN --dry-run
      clapmark share --to https://hub.example --code ABCD-EFGH-JKMN
      clapmark share
      clapmark share --forget
    """
    archive = find_archive(folder)
    if slug is None and address is None and len(shared_slugs(archive)) == 1:
        slug = shared_slugs(archive)[0]
    slug = chosen_slug(archive, slug)
    state = _state(read_state(archive, slug), address, code, slug)
    conference = Conference(archive, slug)
    sharing = Sharing(conference, state, read_key(environment.variables, archive, is_made=not dry_run))
    if dry_run:
        requests = list(sharing.requests())
        for request in requests:
            environment.give(request.to_bytes().decode("utf-8", "replace").replace("\r\n", "\n"))
        environment.tell(
            f"{counted(len(requests), 'request')} to {state.hub}, {sum(len(one.to_bytes()) for one in requests):,} "
            "bytes in all; nothing was sent."
        )
        return int(ExitCode.OK)
    with archive.lock():
        if is_forgetting:
            count = sharing.forget(time.sleep, environment.tell)
            environment.tell(f"The hub deleted {counted(count, 'mark')} of yours. {slug} is no longer shared.")
            return int(ExitCode.OK)
        result = share_or_explain(environment, sharing, attempts=0 if is_waiting else ATTEMPTS)
    if as_json:
        environment.give_json(values(slug, result))
    else:
        report(environment, result)
    return int(ExitCode.OK)


def share_or_explain(environment: Environment, sharing: Sharing, attempts: int) -> Shared:
    """Share, and raise with the next step if it fails."""
    try:
        return sharing.share(time.sleep, environment.tell, attempts)
    except OfflineError as error:
        raise OfflineError(f"{error} Nothing is lost: `clapmark share` continues when you are online.") from error
    except HubError as error:
        if error.reason == "code" and not sharing.state.slug:
            remove_state(sharing.conference.archive, sharing.conference.slug)  # a typing error is no opt-in
        raise


def _state(known: ShareState | None, address: str | None, code: str | None, slug: str) -> ShareState:
    if address is None and code is None:
        if known is None:
            raise UsageError(
                f"{slug} is not shared. `clapmark share --to URL --code CODE` shares it; --dry-run shows first what "
                "would be sent."
            )
        return known
    if code is not None and not normal_code(code):
        raise UsageError("A code has 12 letters and digits, such as ABCD-EFGH-JKMN. Compare it with the printed one.")
    if known is None and (address is None or code is None):
        raise UsageError("Name both once: --to URL and --code CODE.")
    target = hub_address(address) if address is not None else known.hub if known else ""
    wanted = normal_code(code) if code is not None else known.code if known else ""
    if known is not None and known.hub == target:
        known.code = wanted
        return known
    if known is not None and known.sent:
        raise UsageError(
            f"{slug} is shared with {known.hub}, which has {counted(len(known.sent), 'mark')} of yours. `clapmark "
            f"share --forget --conference {shell_word(slug)}` deletes them there; then share it with the other hub."
        )
    return ShareState(target, wanted)


def report(environment: Environment, result: Shared) -> None:
    """Tell the person what was shared."""
    environment.tell(summary(result))
    if result.unknown_talks:
        environment.tell(
            f"The hub does not know {counted(len(result.unknown_talks), 'talk')} of your schedule yet; their marks are "
            "sent when it does. `clapmark schedule load` brings yours up to date."
        )
    if result.collected.without_talk:
        count = counted(result.collected.without_talk, "bookmark")
        environment.tell(f"Without a talk, and so not shared: {count}. `clapmark assign` gives them one.")
    if result.collected.without_time:
        count = counted(result.collected.without_time, "bookmark")
        environment.tell(f"Without a time that is certain enough, and so not shared: {count}.")


def summary(result: Shared) -> str:
    """Return what was sent and taken back, in a sentence."""
    if not result.sent and not result.taken_back:
        return f"Nothing new to share; the hub has your {counted(len(result.collected.marks), 'mark')}."
    taken_back = f", {result.taken_back} taken back" if result.taken_back else ""
    name = f" with {result.title}" if result.title else ""
    return f"Shared {counted(result.sent, 'mark')}{taken_back}{name}. `clapmark crowd` shows what others marked."


def values(slug: str, result: Shared) -> dict[str, object]:
    """Return the result for a program."""
    return {
        "conference": slug,
        "sent": result.sent,
        "taken_back": result.taken_back,
        "unknown_talks": result.unknown_talks,
        "without_a_talk": result.collected.without_talk,
        "without_a_time": result.collected.without_time,
    }
