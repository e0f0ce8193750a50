"""The push: what is written is read again, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.crowd import wire
from clapmark.crowd.mark import SharedMark, contributor_key, contributor_token, mark_id
from clapmark.crowd.wire import Push, WireError

KEY = contributor_key(b"k" * 32, "https://hub.example", "pycon")
TOKEN = contributor_token(KEY)
CODE = "ABCDEFGH2345"

MARKS = st.builds(
    SharedMark,
    id=st.binary(min_size=16, max_size=16),
    talk=st.sampled_from(("guid:8f1c", "code:ABC", "id:dicts")),
    at_s=st.integers(-86_400, 86_400),
    error_s=st.integers(0, 3_600),
    tag=st.text("abcdefghijklmnop äöü", max_size=24).map(lambda text: " ".join(text.split())),
    length_s=st.integers(0, 86_400),
)


def push_value(**changes):
    value = json.loads(wire.to_bytes(Push(CODE, TOKEN, 1, (SharedMark(b"i" * 16, "id:dicts", 5, 0, "idea", 0),))))
    return value | changes


def mark_value(**changes):
    return push_value(marks=[push_value()["marks"][0] | changes])


@given(st.lists(MARKS, max_size=20, unique_by=lambda mark: mark.id), st.integers(1, 10**9))
def test_a_push_is_read_as_it_was_written(marks, rev):
    push = Push(CODE, TOKEN, rev, tuple(marks[3:]), tuple(mark.id for mark in marks[:3]))
    assert wire.read_push(wire.to_bytes(push)) == push


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(data):
    with pytest.raises(WireError):
        wire.read_push(data)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (push_value(version=2), "version"),
        (push_value(version=99, marks="anything"), "version"),
        (push_value(version=True), "malformed"),
        (push_value(clapmark="other"), "malformed"),
        (push_value(code="short"), "code"),
        (push_value(code=["x"] * 12), "code"),
        (push_value(contributor=KEY.hex().upper()), "malformed"),
        (push_value(rev=0), "malformed"),
        (push_value(rev=1.5), "malformed"),
        (push_value(marks={}), "malformed"),
        (push_value(marks=[None]), "malformed"),
        (push_value(marks=push_value()["marks"] * 2), "malformed"),
        (push_value(gone=["69" * 16]), "malformed"),
        (push_value(gone=["00" * 16] * 2), "malformed"),
        (push_value(gone=[f"{n:032x}" for n in range(2_001)]), "too-many"),
        (mark_value(at=10**30), "malformed"),
        (mark_value(at="5"), "malformed"),
        (mark_value(error=-1), "malformed"),
        (mark_value(talk="dicts"), "malformed"),
        (mark_value(talk="id:" + "x" * 200), "malformed"),
        (mark_value(tag="x" * 200), "malformed"),
        (mark_value(tag=7), "malformed"),
        (mark_value(id="zz" * 16), "malformed"),
        (mark_value(length=-1), "malformed"),
    ],
)
def test_what_is_no_push_is_refused_with_its_reason(value, reason):
    with pytest.raises(WireError) as caught:
        wire.read_push(json.dumps(value).encode())
    assert caught.value.reason == reason
    assert TOKEN not in str(caught.value)
    assert CODE not in str(caught.value)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 50_000, b'{"rev":' + b"9" * 5_000 + b"}", b'{"a":NaN}'])
def test_deep_or_endless_json_is_refused(data):
    with pytest.raises(WireError):
        wire.read_push(data)


def test_a_body_over_the_limit_is_not_even_read():
    with pytest.raises(WireError, match="1000000"):
        wire.read_push(b" " * 1_000_001)


def test_a_tag_keeps_no_terminal_sequence():
    found = wire.read_push(json.dumps(mark_value(tag="\x1b[31mred\n'; DROP TABLE marks")).encode()).marks[0]
    assert found.tag == "red '; DROP TABLE marks"


def test_a_code_forgives_case_dashes_and_lookalikes():
    code = wire.code_of(0x0123456789ABCDE)
    assert len(code) == 12
    assert wire.normal_code(wire.shown_code(code).lower()) == code
    assert wire.normal_code("0I1L OoAB-cdef") == "0111" + "00AB" + "CDEF"
    assert wire.normal_code("0I1L OoAB-cdeü") == ""


def test_an_id_needs_the_key_and_says_nothing_of_the_device():
    one = mark_id(KEY, "aabbccddeeff", "01234567", 7)
    assert one == mark_id(KEY, "aabbccddeeff", "01234567", 7)
    others = {
        mark_id(KEY, "aabbccddeeff", "01234567", 8),
        mark_id(KEY, "aabbccddeeff", "0123456", 77),
        mark_id(contributor_key(b"k" * 32, "https://hub.example", "djangocon"), "aabbccddeeff", "01234567", 7),
        mark_id(contributor_key(b"l" * 32, "https://hub.example", "pycon"), "aabbccddeeff", "01234567", 7),
    }
    assert len(others | {one}) == 5
    assert TOKEN not in {KEY.hex(), (b"k" * 32).hex()}


def test_batches_have_all_of_it_once():
    marks = [SharedMark(bytes([n]) * 16, "id:a", n, 0, "", 0) for n in range(7)]
    gone = [bytes([100 + n]) * 16 for n in range(4)]
    found = wire.batches(marks, gone, 3)
    assert [mark for part, _ in found for mark in part] == marks
    assert [one for _, part in found for one in part] == gone
    assert max(len(a) + len(b) for a, b in found) == 3
    assert wire.batches([], [], 3) == []
