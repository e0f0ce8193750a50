"""Histories that went wrong once, found by random ones with a new seed and made small."""

from tests.support.archive.histories import History

FOUND: dict[str, History] = {
    "a quotation that was moved away from its bullet": (
        "obsidian",
        [
            ("align", 1, "what was *said*"), ("press", "", 0), ("undo", 14, None), ("press", "", 0),
            ("sync", None, None), ("insert", 32, "words"), ("delete", 0, 3), ("align", 0, ""), ("move", 46, 148),
        ],
    ),
    "a list of written lines that was lost, and then a recording": (
        "hugo that clapmark wrote", [("align", 1, "what was *said*")],
    ),
    "a code fence that swallows the bullets under it": (
        "plain by hand",
        [("sync", None, None), ("press", "bees", 243), ("title", 74, "Errors as Haiku"), ("insert", 80, "```")],
    ),
    "a video above code that is indented": (
        "daily",
        [
            ("press", "dicts", 111), ("press", "", 1273), ("press", "", 269), ("sync", None, None),
            ("undo", 10, None), ("indent", 69, " \t"), ("align", 1, "what was *said*"),
        ],
    ),
    "a run taken back after a bullet was deleted, which had written nothing but the list": (
        "hugo that clapmark wrote", [("replace", 16, "---"), ("take back", None, None)],
    ),
    "the quotation of one bullet moved under another": (
        "daily",
        [
            ("indent", 38, " \t"), ("title", 49, "One More Thing"), ("blanks", 154, "\x1f"),
            ("align", 1, "what was *said*"), ("delete", 86, 1), ("sync", None, None), ("move", 189, 190),
            ("align", 0, "said again"),
        ],
    ),
    "a quotation in another block, whose bullet gets another talk": (
        "obsidian",
        [
            ("align", 1, "what was *said*"), ("title", 74, "Bees & Sensors"),
            ("insert", 171, "A line that looks like a title"), ("press", "late", 201), ("sync", None, None),
            ("insert", 103, "  - nested"), ("move", 111, 94), ("press", "light-2", 83), ("assign", 27, "late"),
        ],
    ),
    "an end marker that is indented, and a new bullet before it": (
        "plain of a day",
        [
            ("delete", 13, 1), ("sync", None, None), ("press", "light-1", 30), ("title", 150, "Errors as Haiku"),
            ("insert", 3, "q & a"), ("empty line", 10, "\x0c"), ("press", "light-2", 5), ("delete", 74, 2),
            ("align", 3, "what was *said*"), ("press", "", 1484), ("sync", None, None), ("indent", 32, "\t"),
            ("align", 0, ""), ("assign", 25, "dicts"),
        ],
    ),
    "a video that was moved under a bullet, and taken back": (
        "obsidian",
        [
            ("align", 3, "what was *said*"), ("sync", None, None), ("move", 6, 100), ("empty line", 186, " "),
            ("move", 13, 16), ("align", 0, "what was *said*"),
        ],
    ),
    "a video and a quotation under the bullets of others, both taken back": (
        "plain of a day",
        [
            ("undo", 18, None), ("insert", 125, "# Mine"), ("align", 1, "said again"), ("undo", 17, None),
            ("sync", None, None), ("title", 157, "Errors as Haiku"), ("empty line", 111, ""), ("move", 42, 108),
            ("align", 0, "said again"),
        ],
    ),
    "a video between two bullets of plain text": (
        "plain",
        [
            ("undo", 25, None), ("align", 1, ""), ("sync", None, None), ("press", "bees", 1433),
            ("insert", 191, "    code"), ("sync", None, None), ("align", 0, "what was *said*"), ("move", 11, 114),
        ],
    ),
}  # fmt: skip
