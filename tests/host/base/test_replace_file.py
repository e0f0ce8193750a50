"""What a file keeps when its content is replaced, and that it is never half written."""

import os
import stat

import pytest

from clapmark.base import durable


def mode_of(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
@pytest.mark.parametrize("how", ["replace_file", "replace_expected"])
def test_a_file_keeps_its_permissions(tmp_path, mode, how):
    path = tmp_path / "post.md"
    path.write_bytes(b"before")
    path.chmod(mode)
    if how == "replace_file":
        assert durable.replace_file(path, b"after")
    else:
        assert durable.replace_expected(path, b"before", b"after")
    assert path.read_bytes() == b"after" and mode_of(path) == mode


def test_a_new_file_has_the_permissions_that_the_person_gives_new_files(tmp_path):
    mask = os.umask(0o027)
    try:
        durable.replace_file(tmp_path / "new.md", b"x")
        assert mode_of(tmp_path / "new.md") == 0o640
    finally:
        os.umask(mask)


def test_the_same_content_is_not_written_again(tmp_path):
    path = tmp_path / "post.md"
    path.write_bytes(b"same")
    before = path.stat()
    assert not durable.replace_file(path, b"same")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_write_that_fails_leaves_the_old_content_and_no_other_file(tmp_path, monkeypatch):
    path = tmp_path / "post.md"
    path.write_bytes(b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable.os, "write", full)
    with pytest.raises(OSError, match="No space"):
        durable.replace_file(path, b"after")
    assert path.read_bytes() == b"before" and [one.name for one in tmp_path.iterdir()] == ["post.md"]


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    target = tmp_path / "real.md"
    target.write_bytes(b"before")
    link = tmp_path / "link.md"
    link.symlink_to(target)
    durable.replace_file(link, b"after")
    assert link.is_symlink() and target.read_bytes() == b"after"


def test_what_is_appended_goes_behind_what_is_there(tmp_path):
    path = tmp_path / "folder" / "log"
    durable.append_file(path, b"one\n")
    durable.append_file(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"
