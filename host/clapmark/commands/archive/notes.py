"""`clapmark notes`: write the bookmarks into the posts."""

from pathlib import Path

import click

from clapmark import notes
from clapmark.archive.archive import Archive, find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode, UsageError
from clapmark.commands.options import archive_option, json_option
from clapmark.conference.spans import read_spans
from clapmark.notes import changes, up_to_date


@click.command("notes", short_help="Write the bookmarks into your posts.")
@click.option("--conference", "slug", help="Only this conference's posts, by its short name. Default: all.")
@click.option("--dry-run", is_flag=True, help="Preview the changes as a diff; write nothing.")
@click.option("--undo", "is_undo", is_flag=True, help="Restore the files as they were before the last run.")
@json_option
@archive_option
@click.pass_obj
def command(
    environment: Environment, slug: str | None, dry_run: bool, is_undo: bool, as_json: bool, folder: Path
) -> int:
    """Write the bookmarks into your posts, between clapmark's own markers. Your words stay unchanged.

    A bullet that you edit is yours from then on; one that you delete does not come back. A post that you have already
    is joined at the headings that name the talks: set its place in clapmark.toml, which also takes templates for
    what bullets say.

    \b
    Examples:
      clapmark notes --dry-run
      clapmark notes --conference pycon-us-2019
      clapmark notes --undo
    """
    archive = find_archive(folder)
    if is_undo:
        if slug is not None:
            raise UsageError("--undo reverts the whole last run and cannot be used with --conference.")
        return _undo(environment, archive, dry_run, as_json)
    with archive.lock(dry_run=dry_run):
        plan = up_to_date.plan_changed_notes(archive) if slug is None else notes.plan_notes(archive, slug)
        changed = [change.path for change in plan.changes] if dry_run else notes.apply(plan)
        if plan.posts and slug is None and not dry_run:
            up_to_date.keep_settled(archive, plan)
    if as_json:
        values = {
            "changed": [str(path) for path in changed],
            "left": plan.left,
            "bookmarks": plan.bookmarks,
            "without_a_talk": plan.unlinked,
            "without_a_conference": len(plan.without_conference),
        }
        environment.give_json(values)
    elif dry_run:
        for change in plan.changes:
            environment.give(change.diff(archive.folder).rstrip("\n"))
    overlapping = _overlapping(archive) if plan.without_conference else []
    _tell(environment, plan, archive.folder, changed, dry_run, overlapping)
    return int(plan.exit_code)


def _undo(environment: Environment, archive: Archive, dry_run: bool, as_json: bool) -> int:
    with archive.lock(dry_run=dry_run):
        back, left = changes.plan_undo(archive)
        if not dry_run:
            changes.write(back)
            if not left:
                changes.forget(archive.folder)
    paths = [change.path for change in back]
    if as_json:
        environment.give_json({"changed": [str(path) for path in paths], "left": left})
    elif dry_run:
        for change in back:
            environment.give(change.diff(archive.folder).rstrip("\n"))
    for sentence in left:
        environment.tell(f"Left for you: {sentence}.")
    for change in back:
        name = change.path.relative_to(archive.folder)
        if change.after is None:
            environment.tell(f"{'Would remove' if dry_run else 'Removed'} {name} (it did not exist before)")
        else:
            environment.tell(f"{'Would restore' if dry_run else 'Restored'} {name}")
    if not back:
        environment.tell("Nothing was changed.")
    return int(ExitCode.CONFLICT if left else ExitCode.OK)


def _overlapping(archive: Archive) -> list[str]:
    """Return the short names of the first two conferences whose days overlap; empty if there are none."""
    spans = read_spans(archive)
    pairs = ((one, other) for number, one in enumerate(spans) for other in spans[number + 1 :])
    for one, other in pairs:
        if one.first_ms <= other.last_ms and other.first_ms <= one.last_ms:
            return [one.slug, other.slug]
    return []


def _without_conference(count: int, overlapping: list[str]) -> str:
    has = "bookmark belongs" if count == 1 else "bookmarks belong"
    if not overlapping:
        return f"{count} {has} to no conference of this archive: load its schedule, or see `clapmark assign`."
    one, other = overlapping
    return (
        f"{count} {has} to no conference of this archive, or to more than one: the days of {one} and {other} overlap. "
        f"If they are the same conference, `clapmark schedule remove {other}` leaves one and keeps the bookmarks; else "
        "`clapmark assign` decides."
    )


def _tell(
    environment: Environment,
    plan: notes.NotesPlan,
    folder: Path,
    changed: list[Path],
    dry_run: bool,
    overlapping: list[str],
) -> None:
    for sentence in plan.left:
        environment.tell(f"Left for you: {sentence}")
    for sentence in plan.notices:
        environment.tell(sentence)
    if plan.unlinked:
        have, are = ("bookmark has", "is") if plan.unlinked == 1 else ("bookmarks have", "are")
        environment.tell(
            f"{plan.unlinked} {have} no talk, or might have several, and {are} at the end of the post: "
            "`clapmark assign` lists what ran then."
        )
    if count := len(plan.without_conference):
        environment.tell(_without_conference(count, overlapping))
    if not changed:
        if plan.bookmarks or plan.without_conference or plan.left:
            environment.tell("Nothing new for the posts; nothing was changed.")
        elif plan.posts:
            environment.tell("The archive has no bookmarks yet: plug the device in and type `clapmark sync`.")
        else:
            environment.tell("The archive has no schedule yet: `clapmark schedule load FILE-OR-ADDRESS` adds one.")
        return
    posts = [path for path in changed if path.name != "written.log"]
    for path in posts:
        verb = "Would write" if dry_run else "Wrote"
        environment.tell(f"{verb} {path.relative_to(folder)}")
    if posts and not dry_run:
        environment.tell("Next: open the post and add your words. `clapmark notes --undo` reverts this run.")
