"""Act two of the demo: thirty virtual attendees share, and the moments appear in the post."""

from clapmark.conference import Conference
from clapmark.crowd.share_state import KEY_VARIABLE
from clapmark.sim.demo import act_two
from tests.support.archive.notes_archive import SLUG, make_archive
from tests.support.command_line import type_


def test_the_moments_of_thirty_attendees_appear_in_the_post(tmp_path):
    archive = make_archive(tmp_path / "archive")
    said = []

    def type_here(*words, archive):
        assert archive
        code, out, err = type_(
            *words, "--archive", tmp_path / "archive", variables={KEY_VARIABLE: str(tmp_path / "key")}
        )
        assert code == 0, err
        said.append(out + err)

    type_here("notes", archive=True)
    act_two.play(tmp_path, Conference(archive, SLUG), said.append, type_here)
    text = "\n".join(said)
    assert "Shared 5 marks with PyExample 2019" in text
    assert "<- you" in text
    assert "crowd: " in archive.post_path(SLUG).read_text()
