"""`clapmark notes`: write the bookmarks into the posts."""

import json
from pathlib import Path

import click

from clapmark import notes
from clapmark.archive import find_archive
from clapmark.commands.options import archive_option, json_option
from clapmark.environment import Environment


@click.command("notes", short_help="Write the bookmarks into your posts.")
@click.option("--conference", "slug", help="Only this conference's post, by its short name. Default: all.")
@click.option("--dry-run", is_flag=True, help="Show what would change as a diff, change nothing.")
@json_option
@archive_option
@click.pass_obj
def command(environment: Environment, slug: str | None, dry_run: bool, as_json: bool, folder: Path) -> int:
    """Write the bookmarks into your posts, between clapmark's own markers. Your words stay as they are.

    \b
    Examples:
      clapmark notes --dry-run
      clapmark notes --conference pycon-us-2019
    """
    archive = find_archive(folder)
    with archive.lock():
        plan = notes.plan_notes(archive, slug)
        changed = [change.path for change in plan.changes] if dry_run else notes.apply(plan)
    if as_json:
        values = {
            "changed": [str(path) for path in changed],
            "left": plan.left,
            "bookmarks": plan.bookmarks,
            "without_a_talk": plan.unlinked,
            "without_a_conference": plan.homeless,
        }
        environment.give(json.dumps(values, ensure_ascii=False, indent=2))
    elif dry_run:
        for change in plan.changes:
            environment.give(change.diff(archive.folder).rstrip("\n"))
    _tell(environment, plan, archive.folder, changed, dry_run)
    return int(plan.exit_code)


def _tell(environment: Environment, plan: notes.NotesPlan, folder: Path, changed: list[Path], dry_run: bool) -> None:
    for sentence in plan.left:
        environment.tell(f"Left for you: {sentence}")
    if plan.unlinked:
        environment.tell(f"{plan.unlinked} bookmarks fit no talk; they stand at the end of the post.")
    if plan.homeless:
        environment.tell(f"{plan.homeless} bookmarks belong to no conference of this archive: load its schedule.")
    if not changed:
        environment.tell("Nothing new for the posts; nothing was changed.")
        return
    for path in changed:
        if path.suffix == ".md":
            verb = "Would write" if dry_run else "Wrote"
            environment.tell(f"{verb} {path.relative_to(folder)}")
    if not dry_run:
        environment.tell("Next: `clapmark show TALK`, or open the post and add your words.")
