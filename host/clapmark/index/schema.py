"""The tables of the index, named for a person who browses them."""

VERSION = 7  # an index of another version is rebuilt

NAME = "index.sqlite"

# texts_fts has the texts as `base/fold_names.py` folds them: without case and accents, and with spaces around each
# character of a script that puts none between its words. Marks remain part of a word (categories Mn and Mc, the vowel
# signs of Hindi and Thai). `fold_words` is a function of the connection (`database.py`): only clapmark adds rows, any
# program may read and search.
SCHEMA = """
CREATE TABLE sources (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE conferences (
    slug TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    zone TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE talks (
    id TEXT PRIMARY KEY,  -- SLUG/TALK
    title TEXT NOT NULL,
    conference TEXT NOT NULL REFERENCES conferences (slug),
    day TEXT NOT NULL,
    start TEXT NOT NULL,  -- local time of the conference
    "end" TEXT NOT NULL,
    room TEXT NOT NULL,
    speakers TEXT NOT NULL,  -- JSON array of names
    track TEXT NOT NULL,
    kind TEXT NOT NULL,
    vanished INTEGER NOT NULL,
    abstract TEXT NOT NULL,
    url TEXT NOT NULL,
    recording_url TEXT NOT NULL
);

CREATE TABLE bookmarks (
    id TEXT PRIMARY KEY,
    time TEXT,  -- local time of the conference, of UTC without one; NULL: not known
    day TEXT,
    tag TEXT NOT NULL,
    talk TEXT REFERENCES talks (id),
    conference TEXT REFERENCES conferences (slug),
    speakers TEXT NOT NULL,  -- JSON array of names
    length_s REAL,  -- of a passage
    uncertain_s REAL,  -- give or take
    utc_ms INTEGER,
    device TEXT NOT NULL,
    source TEXT NOT NULL  -- the log that it comes from
);

-- bookmarks that the person deleted in their post or dropped: they are in no other table
CREATE TABLE hidden_bookmarks (
    id TEXT PRIMARY KEY,
    conference TEXT NOT NULL,  -- in which it is deleted; "": dropped, in all
    source TEXT NOT NULL  -- the log that it comes from, "" if none has it
) WITHOUT ROWID;

CREATE TABLE countdowns (
    id TEXT PRIMARY KEY,  -- DEVICE/EPOCH/SEQ of its start
    time TEXT,  -- local time of the conference, as above
    day TEXT,
    talk TEXT REFERENCES talks (id),
    conference TEXT REFERENCES conferences (slug),
    speakers TEXT NOT NULL,  -- JSON array of names
    preset TEXT NOT NULL,
    planned_s REAL NOT NULL,
    adjusted_s REAL NOT NULL,  -- what the chair gave while it ran
    actual_s REAL,  -- NULL: its end was not recorded
    overrun_s REAL,
    paused_s REAL,
    source TEXT NOT NULL
);

CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,  -- talk, words, quote, notes
    talk TEXT REFERENCES talks (id),
    bookmark TEXT REFERENCES bookmarks (id),
    title TEXT NOT NULL,
    speakers TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL
);

CREATE VIEW bookmarks_with_words AS
SELECT
    bookmarks.time, bookmarks.tag, talks.title AS talk,
    (SELECT group_concat(text, char(10)) FROM texts WHERE bookmark = bookmarks.id AND kind = 'words') AS words,
    (SELECT group_concat(text, char(10)) FROM texts WHERE bookmark = bookmarks.id AND kind = 'quote') AS quote,
    bookmarks.conference, bookmarks.day, bookmarks.speakers, bookmarks.id
FROM bookmarks LEFT JOIN talks ON talks.id = bookmarks.talk;

CREATE VIRTUAL TABLE texts_fts USING fts5 (
    title, speakers, text, tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
    INSERT INTO texts_fts (rowid, title, speakers, text)
    VALUES (new.id, fold_words(new.title), fold_words(new.speakers), fold_words(new.text));
END;
CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
    DELETE FROM texts_fts WHERE rowid = old.id;
END;
"""

# after the rows of a new index: filling a table that has them takes twice as long
INDEXES = """
CREATE INDEX IF NOT EXISTS talks_by_conference ON talks (conference);
CREATE INDEX IF NOT EXISTS bookmarks_by_talk ON bookmarks (talk);
CREATE INDEX IF NOT EXISTS bookmarks_by_tag ON bookmarks (tag);
CREATE INDEX IF NOT EXISTS bookmarks_by_day ON bookmarks (day);
CREATE INDEX IF NOT EXISTS bookmarks_by_source ON bookmarks (source);
CREATE INDEX IF NOT EXISTS texts_by_bookmark ON texts (bookmark);
CREATE INDEX IF NOT EXISTS texts_by_source ON texts (source);
"""
