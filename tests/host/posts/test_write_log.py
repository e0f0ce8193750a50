"""The list of written lines: what it remembers, forgets and appends, so that a deleted bullet stays deleted."""

from clapmark.posts.write_log import Written

MARK = "abcdefghij"


def reread(written: Written) -> Written:
    return Written(written.to_bytes())


def test_an_empty_list_is_empty_and_writes_nothing():
    written = Written(b"")
    assert written.is_empty and written.to_bytes() == b"" and written.added == 0
    assert not written.was_deleted(MARK) and not written.has_bullet(MARK) and not written.has_section("bees")
    written.add_section("bees")
    assert not written.is_empty and not reread(written).is_empty
    other = Written(b"")
    other.add_text(MARK, "bees", "- x")
    assert not other.is_empty


def test_the_first_line_comes_with_words_for_the_person_and_later_ones_behind_what_is_there():
    written = Written(b"")
    written.add_section("bees")
    assert written.to_bytes().startswith(b"# What clapmark has written") and written.to_bytes().endswith(
        b"section bees\n"
    )
    torn = Written(b"section bees")  # a merge tool left no line end
    torn.add_section("dicts")
    assert torn.to_bytes() == b"section bees\nsection dicts\n"
    again = reread(torn)
    again.add_section("dicts")
    assert again.added == 0 and again.to_bytes() == b"section bees\nsection dicts\n"


def test_a_text_is_known_for_its_bullet_and_its_section_alone():
    written = Written(b"")
    assert written.add_text(MARK, "bees", "- **13:05** note")
    assert not written.add_text(MARK, "bees", "- **13:05** note")
    kept = reread(written)
    assert kept.has_text(MARK, "bees", "- **13:05** note") and kept.has_bullet(MARK)
    assert not kept.has_text(MARK, "dicts", "- **13:05** note")
    assert not kept.has_text(MARK, "bees", "- **13:05** note ")
    assert not kept.has_text("zzzzzzzzzz", "bees", "- **13:05** note")
    assert kept.was_deleted(MARK), "it was put in: if it is in no post, the person took it out"
    assert list(kept.bullets()) == [MARK]


def test_who_took_a_bullet_out_last_is_known_however_often_it_came_and_went():
    written = Written(b"")
    written.add_insertion(MARK)
    assert written.added == 0, "the first time its text says so"
    written.add_text(MARK, "bees", "- x")
    for _ in range(3):
        written.add_removal(MARK)
        assert not reread(written).was_deleted(MARK) and reread(written).bookmarks() == set()
        written.add_insertion(MARK)
        assert reread(written).was_deleted(MARK) and reread(written).bookmarks() == {MARK}
    lines = written.to_bytes().decode().splitlines()[3:]
    assert [line.split()[2] for line in lines] == ["-", "+2", "-2", "+3", "-3", "+4"]


def test_a_bullet_that_the_person_deleted_is_not_counted_as_put_in_again_unless_it_comes_from_another_post():
    written = Written(b"")
    written.add_text(MARK, "bees", "- x")
    written.add_insertion(MARK)
    assert written.added == 1
    written.add_insertion(MARK, is_incoming=True)
    assert written.to_bytes().endswith(b"+2\n")


def test_a_quotation_under_a_bullet_counts_for_its_bookmark():
    written = Written(b"")
    written.add_text(MARK + ".quote", "bees", "  > x")
    assert written.bookmarks() == {MARK} and list(written.bullets()) == [MARK + ".quote"]


def test_a_notice_is_given_once():
    written = Written(b"")
    written.add_text(MARK, "bees", "- x")
    assert written.add_notice(MARK) and not written.add_notice(MARK) and not reread(written).add_notice(MARK)
    assert written.was_deleted(MARK)


def test_what_did_not_come_to_pass_is_forgotten_and_what_did_stays():
    written = Written(b"section old\n")
    written.add_section("bees")
    written.add_text(MARK, "bees", "- x")
    kept, data = written.added, written.to_bytes()
    written.add_section("dicts")
    written.add_text(MARK, "bees", "- y")
    written.add_text("zzzzzzzzzz", "bees", "- z")
    written.roll_back(kept)
    assert written.to_bytes() == data and written.added == kept == 2
    assert written.has_section("bees") and written.has_section("old") and not written.has_section("dicts")
    assert written.has_text(MARK, "bees", "- x") and not written.has_text(MARK, "bees", "- y")
    assert not written.has_bullet("zzzzzzzzzz")
    assert written.add_text("zzzzzzzzzz", "bees", "- z")


def test_two_laptops_lists_merged_say_what_both_said_and_junk_is_skipped():
    written = Written(b"bullet abcdefghij 0123456789\n<<<<<<<\nbullet x\n\xff\nsection bees\nsection a b\n")
    assert list(written.bullets()) == [MARK] and written.has_section("bees") and not written.has_section("a")
