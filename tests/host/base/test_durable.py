"""Files that a person may be editing: replaced only while they are what was read, with permissions and links kept."""

import os
import stat

import pytest

from clapmark.base import durable, exchange
from clapmark.base.errors import ConflictError


@pytest.fixture(params=["exchange", "no exchange"])
def post(tmp_path, request, monkeypatch):
    if request.param == "no exchange":
        monkeypatch.setattr(exchange, "exchange", lambda *_: False)
    path = tmp_path / "post.md"
    path.write_bytes(b"before")
    return path


def only_file(path) -> bool:
    return [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_what_was_read_is_replaced_with_its_permissions(post):
    post.chmod(0o640)
    assert durable.replace_expected(post, b"before", b"after")
    assert post.read_bytes() == b"after" and only_file(post)
    assert os.name == "nt" or stat.S_IMODE(post.stat().st_mode) == 0o640


def test_a_file_that_was_changed_created_or_deleted_is_left_as_it_is(post):
    assert not durable.replace_expected(post, b"something else", b"after")
    assert not durable.replace_expected(post, None, b"after")
    assert not durable.replace_expected(post, b"something else", None)
    assert post.read_bytes() == b"before" and only_file(post)
    post.unlink()
    assert not durable.replace_expected(post, b"before", b"after")
    assert not durable.replace_expected(post, b"before", None)
    assert list(post.parent.iterdir()) == []


def test_a_file_is_created_and_removed(post):
    assert durable.replace_expected(post, b"before", None) and list(post.parent.iterdir()) == []
    assert durable.replace_expected(post, None, b"after") and post.read_bytes() == b"after" and only_file(post)


def test_a_link_is_followed(post, tmp_path):
    link = tmp_path / "link.md"
    link.symlink_to(post.name)
    assert durable.replace_expected(link, b"before", b"after")
    assert link.is_symlink() and post.read_bytes() == b"after"


def test_a_version_that_a_killed_run_left_aside_is_reported_unless_it_is_known(post):
    known, unknown = durable._digest(b"mine"), durable._digest(b"other")
    left = post.with_name(f".post.md.{known}-{unknown}.clapmark-aside")
    left.write_bytes(b"mine")
    assert durable.replace_expected(post, b"before", b"after") and only_file(post)
    left.write_bytes(b"saved by the person while the run was killed")
    with pytest.raises(ConflictError, match=r"Compare it with post\.md"):
        durable.replace_expected(post, b"after", b"next")
    assert post.read_bytes() == b"after" and left.exists()
    left.unlink()
    assert durable.replace_or_conflict(post, b"after", b"next")
    assert not durable.replace_or_conflict(post, b"next", b"next")
    with pytest.raises(ConflictError, match="run the same command again"):
        durable.replace_or_conflict(post, b"after", b"more")
