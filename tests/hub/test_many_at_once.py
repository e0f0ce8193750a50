"""Many people at once: none waits for another longer than it must, and a code's limit holds."""

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from clapmark.crowd.mark import SharedMark
from clapmark.crowd.wire import Push
from clapmark.hub.store import marks, organiser
from clapmark.hub.store.database import open_database
from clapmark.hub.store.limits import Limits
from clapmark.hub.store.reading import read_conference, read_votes
from tests.support.hub.audience import conference

PEOPLE, MOST, TALKS, MARKS = 40, 15, 10, 20
_READ = """
    SELECT coalesce(sum(seq_tup_read), 0) + (SELECT coalesce(sum(idx_tup_read), 0)
      FROM pg_stat_user_indexes WHERE relname LIKE 'marks_%') FROM pg_stat_user_tables WHERE relname LIKE 'marks_%'
"""


def push_of(code, person, rev=1, count=MARKS):
    random_ = random.Random(f"{code}/{person}")
    found = [SharedMark(random_.randbytes(16), f"guid:g-{n % TALKS}", 60 * n, 1, "idea", 0) for n in range(count)]
    return Push(code, f"{person:064x}", rev, tuple(found))


def test_a_code_is_never_used_by_more_people_than_it_was_made_for(hub):
    database = open_database(hub.url)
    code = organiser.add_codes(database, hub.slug, 1, MOST, "door")[0]

    def send(person):
        try:
            return marks.push(database, push_of(code, person, count=3), Limits()).new
        except marks.RefusedError as error:
            return error.reason

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, [*range(PEOPLE), *range(PEOPLE)]))
    database.close()
    assert answers.count(3) == MOST
    assert answers.count(0) == MOST, "the same people again"
    assert answers.count("code-full") == 2 * (PEOPLE - MOST)


@pytest.fixture
def filled(postgres):
    """A conference with many marks on PostgreSQL, which has no statistics about them yet: its address and a code."""
    postgres.command("CREATE DATABASE rows")
    url = postgres.url.replace("/postgres?", "/rows?")
    database = open_database(url)
    database.migrate()
    organiser.create(database, conference(TALKS, "many"))
    code = organiser.add_codes(database, "many", 1, 1000, "door")[0]
    for person in range(200):
        marks.push(database, push_of(code, person, count=50), Limits())
    database.close()
    yield url, code
    postgres.command("DROP DATABASE rows WITH (FORCE)")


def test_postgresql_reads_only_the_rows_that_a_push_and_a_look_are_about(filled):
    url, code = filled

    def rows_read():
        with psycopg.connect(url) as connection:
            return int(connection.execute(_READ).fetchone()[0])

    before = rows_read()
    database = open_database(url)
    for person in range(190, 210):  # ten who were here, ten who are new
        marks.push(database, push_of(code, person, 2), Limits())
    found = read_conference(database, "many")
    votes = read_votes(database, found.number, found.talks[0].number)
    database.close()  # what its connections have read is counted then
    looked = 20 * MARKS
    assert len(votes) == 200 * 5 + 10 * 2
    assert rows_read() - before < 6 * looked + 2 * len(votes), "of 10,000 rows"
