"""The moments as a hub publishes them: the JSON that `clapmark crowd` reads, bounded, in one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clapmark.base.foreign_text import one_line
from clapmark.crowd.mark import MAX_TAG, MAX_TALK
from clapmark.crowd.moments import MAX_DURATION_S, STEP_S, Moment, TalkCrowd
from clapmark.crowd.wire import WireError

VERSION = 1
MAX_BYTES = 20_000_000
_MAX_TALKS = 5_000
_MAX_MOMENTS = 1_500
_MAX_PEOPLE = 10_000_000
_MAX_TAGS = 100
_MAX_NAMES = 5


@dataclass(frozen=True)
class Published:
    """What a hub says of a conference: the crowds of the talks that have moments, by the hub's id of the talk."""

    slug: str
    title: str
    talks: Mapping[str, TalkCrowd] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # what a push calls a talk: the hub's id of it

    def crowd(self, names: Iterable[str]) -> TalkCrowd | None:
        """Return the crowd of the talk that has one of `names`, the first that the hub knows; or None."""
        found = (self.talks.get(self.names.get(name, "")) for name in names)
        return next((crowd for crowd in found if crowd is not None), None)


def moment_values(moment: Moment, link: str = "") -> dict[str, object]:
    """Return a moment as JSON has it."""
    values: dict[str, object] = {"at": moment.at_s, "people": moment.people, "length": moment.length_s}
    values["tags"] = dict(moment.tags)
    return values | ({"link": link} if link else {})


def crowd_values(crowd: TalkCrowd) -> dict[str, object]:
    """Return a crowd as JSON has it."""
    return {
        "duration": crowd.duration_s,
        "contributors": crowd.contributors,
        "threshold": crowd.threshold,
        "moments": [moment_values(moment) for moment in crowd.moments],
        "tags": {tag: [moment_values(moment) for moment in found] for tag, found in crowd.tags.items()},
        "heat": list(crowd.heat),
    }


def published_values(published: Published) -> dict[str, object]:
    """Return what `read_published` reads."""
    names: dict[str, list[str]] = {}
    for name, key in published.names.items():
        names.setdefault(key, []).append(name)
    talks = [{"talk": key, "names": names.get(key, [])} | crowd_values(crowd) for key, crowd in published.talks.items()]
    return {
        "clapmark": "crowd",
        "version": VERSION,
        "conference": published.slug,
        "title": published.title,
        "talks": talks,
    }


def read_published(value: Any) -> Published:  # noqa: ANN401  # JSON
    """Return what a hub's JSON says. Raises WireError for anything else."""
    if not isinstance(value, dict) or value.get("clapmark") != "crowd":
        raise WireError("malformed", "The answer is not that of a hub.")
    if value.get("version") != VERSION:
        raise WireError("version", "The hub's answer is newer than this program: update clapmark.")
    talks = value.get("talks")
    if not isinstance(talks, list) or len(talks) > _MAX_TALKS:
        raise WireError("malformed", "The hub's answer has no list of talks.")
    found = {_text(talk, "talk", 40): _crowd(talk) for talk in talks}
    names = {
        one_line(str(name), MAX_TALK): _text(talk, "talk", 40)
        for talk in talks
        for name in _of(talk, "names", list)[:_MAX_NAMES]
    }
    return Published(_text(value, "conference", 40), _text(value, "title", 1_000), found, names)


def _crowd(value: Any) -> TalkCrowd:  # noqa: ANN401
    heat, tags = _of(value, "heat", list), _of(value, "tags", dict)
    duration_s = _number(value, "duration", STEP_S, MAX_DURATION_S)
    if len(heat) not in {0, duration_s // STEP_S + 1} or len(tags) > _MAX_TAGS:
        raise WireError("malformed", "The hub's answer has an impossible heat line.")
    return TalkCrowd(
        duration_s,
        _number(value, "contributors", 0, _MAX_PEOPLE),
        _number(value, "threshold", 0, _MAX_PEOPLE),
        _moments(value.get("moments")),
        tuple(_number({"heat": one}, "heat", 0, 100) for one in heat),
        {one_line(str(tag), MAX_TAG): _moments(found) for tag, found in tags.items()},
    )


def _moments(value: object) -> tuple[Moment, ...]:
    if not isinstance(value, list) or len(value) > _MAX_MOMENTS:
        raise WireError("malformed", "The hub's answer has no list of moments.")
    return tuple(
        Moment(
            _number(one, "at", 0, MAX_DURATION_S),
            _number(one, "people", 0, _MAX_PEOPLE),
            tuple(
                (one_line(str(tag), MAX_TAG), _number({"n": number}, "n", 0, _MAX_PEOPLE))
                for tag, number in list(_of(one, "tags", dict).items())[:_MAX_TAGS]
            ),
            _number(one, "length", 0, MAX_DURATION_S),
        )
        for one in value
    )


def _of(value: Any, key: str, kind: type) -> Any:  # noqa: ANN401
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, kind):
        raise WireError("malformed", f'"{key}" of the hub\'s answer cannot be read.')
    return found


def _text(value: Any, key: str, limit: int) -> str:  # noqa: ANN401
    return one_line(str(_of(value, key, str)), limit)


def _number(value: Any, key: str, least: int, most: int) -> int:  # noqa: ANN401
    number = _of(value, key, int)
    if isinstance(number, bool) or not least <= number <= most:
        raise WireError("malformed", f'"{key}" of the hub\'s answer must be from {least} to {most}.')
    return int(number)
