"""A talk is found by its title as a person types it."""

import pytest

from clapmark.base.errors import UsageError
from clapmark.commands.options import find_talk
from tests.support.archive.conference import conference, talk

SCHEDULE = conference(
    talk("it", "Maintaining a Project When It’s Not Your Job", "13:00"),
    talk("lodz", "Mapping Łódź – Again", "14:00"),
    talk("jp", "東京大学の Python", "15:00"),
    talk("two", "Python", "16:00"),
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("It's Not", "it"),
        ("LODZ", "lodz"),
        ("łódź - again", "lodz"),
        ("大学", "jp"),
        ("ｐｙｔｈｏｎ", "two"),
        ("jp", "jp"),
    ],
)
def test_show_takes_what_is_typed(typed, found):
    assert find_talk(SCHEDULE, typed).id == found


@pytest.mark.parametrize("typed", ["", "  ", "rust", "pytho"])
def test_what_fits_no_talk_or_several_is_refused(typed):
    with pytest.raises(UsageError):
        find_talk(SCHEDULE, typed)
