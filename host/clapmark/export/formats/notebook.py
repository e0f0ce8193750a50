"""A Jupyter notebook for a talk: what it was, the marks with links and quotations, and a cell to try things in."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from clapmark.base.install import extra_command
from clapmark.export.model import ExportError, Format, Mark, Result, TalkMarks
from clapmark.notes.escape import MAX_ABSTRACT, MAX_NAME, MAX_TITLE, inline, link_target
from clapmark.recordings.address import Site
from clapmark.recordings.position_text import position_text

_MAX_TEXT = 5_000


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return the notebook, nbformat 4.5; the same talk gives the same bytes."""
    try:
        import nbformat  # # an extra
        from nbformat import v4
    except ImportError as error:
        raise ExportError(f"Notebooks need the package nbformat: {extra_command('notebook')}") from error
    (one,) = talks
    cells = [v4.new_markdown_cell(_head(one), id="talk")]
    if one.video and one.video.site is Site.YOUTUBE:  # no text of a stranger's in code: the id is letters and digits
        player = f'from IPython.display import YouTubeVideo\n\nYouTubeVideo("{quote(one.video.id, safe="")}")'
        cells.append(v4.new_code_cell(player, id="recording"))
    cells += [v4.new_markdown_cell(_text(mark), id=mark.id) for mark in one.marks]
    cells.append(v4.new_code_cell("", id="try"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    nbformat.validate(notebook)
    return Result((nbformat.writes(notebook, version=4) + "\n").encode())


def _head(one: TalkMarks) -> str:
    parts = [f"# {inline(one.talk.title, MAX_TITLE)}"]
    facts = [", ".join(one.talk.speakers), one.conference, f"{one.talk.start:%Y-%m-%d %H:%M}", one.talk.room]
    parts.append(" · ".join(inline(fact, MAX_TITLE) for fact in facts if fact))
    abstract = inline(one.talk.abstract, MAX_ABSTRACT)
    parts += [f"> {abstract}"] if abstract else []
    links = [("talk", one.talk.url), ("recording", one.video.address if one.video else "")]
    shown = [f"[{name}]({target})" for name, url in links if (target := link_target(url))]
    parts += [" · ".join(shown)] if shown else []
    return "\n\n".join(parts)


def _text(mark: Mark) -> str:
    time = mark.local_time[11:16] or "time unknown"
    target = link_target(mark.link)
    at = f" [{position_text(mark.position_ms or 0)}]({target})" if target else ""
    parts = [f"**{time}**{at} {inline(mark.tag, MAX_NAME)}"]
    parts += [mark.words] if mark.words else []  # the person's own Markdown
    said = inline(mark.quote, _MAX_TEXT)
    parts += [f"> {said}"] if said else []
    return "\n\n".join(parts)


FORMAT = Format("notebook", "a Jupyter notebook for a talk", ".ipynb", write, per_talk=True)
