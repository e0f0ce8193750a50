"""The checks of commit subjects and of plain English find what they are for, and nothing else."""

import subprocess
import sys

import pytest

from tools.checks.commit_subjects import problem_of
from tools.checks.plain_english import find


@pytest.mark.parametrize(
    "subject",
    [
        "journal: Report a full ring as NOT SAVED",
        "layout: Move modules into a folder per subject",
        "link: Process frames in order",
        "docs: Embed the figures",
        'Revert "link: Process frames in order"',
    ],
)
def test_a_good_subject_passes(subject):
    assert problem_of(subject) == ""


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        ("Take the new ids into the golden post", "form"),
        ("Journal: Report a full ring", "form"),
        ("journal: report a full ring", "form"),
        ("journal: Report a full ring.", "form"),
        ("journal: Reports a full ring", "imperative"),
        ("journal: Fixed the ring", "imperative"),
        ("journal: Fixing the ring", "imperative"),
        ("journal: Report " + "x" * 60, "76 characters"),
    ],
)
def test_a_bad_subject_is_named_with_its_problem(subject, problem):
    assert problem in problem_of(subject)


def test_the_hook_refuses_a_bad_message(tmp_path):
    message = tmp_path / "COMMIT_EDITMSG"
    for text, code in (("Fix it\n\nbecause\n", 1), ("link: Fix it\n\nbecause\n", 0)):
        message.write_text(text)
        command = [sys.executable, "-m", "tools.checks.commit_subjects", "--message", str(message)]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code


def test_unusual_words_are_found_with_the_usual_ones():
    assert find("The file lies in the folder,\nand is told.") == [
        (1, "lies in", "is in"),
        (2, "is told", "is reported"),
    ]
    assert [words for _, words, _ in find("It waits for ever; it is no schedule.")] == ["for ever", "is no schedule"]


@pytest.mark.parametrize(
    "text", ["He told us.", "canewood", "He stands.", "no more than 80 bytes", "There is no schedule."]
)
def test_usual_words_are_not(text):
    assert find(text) == []
