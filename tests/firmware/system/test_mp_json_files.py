"""A settings file is replaced as a whole: after any failure of a write, the old one is still there."""

import os
import sys

sys.path.insert(0, ".")

from firmware.system import json_files

PATH = "json-files-test.json"


class Cut:
    """The module json, whose dump stops in the middle."""

    def dump(self, value, file):
        file.write('{"brightness": 4')
        raise OSError(28)


def test_a_write_that_fails_leaves_the_old_file():
    json_files.replace_json(PATH, {"brightness": 60})
    whole = json_files.json
    try:
        json_files.json = Cut()
        try:
            json_files.replace_json(PATH, {"brightness": 40})
            raise AssertionError("the disk was full")
        except OSError:
            pass
        json_files.json = whole
        assert json_files.read_json(PATH) == {"brightness": 60}
        json_files.replace_json(PATH, {"brightness": 20})
        assert json_files.read_json(PATH) == {"brightness": 20}
    finally:
        json_files.json = whole
        for name in os.listdir():
            if name.startswith(PATH):
                os.remove(name)
