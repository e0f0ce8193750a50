"""Small words of messages: a number with its noun, and the article before a name."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun: 1 record, 1,234 records; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def counted_are(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun and verb: 1 record is, 2 records are."""
    return f"{counted(number, noun, plural)} {'is' if number == 1 else 'are'}"


def with_article(noun: str) -> str:
    """Return `noun` with "a" or "an" before it, by how it is spelled."""
    return f"{'an' if noun[:1].lower() in 'aeiou' and noun else 'a'} {noun}"
