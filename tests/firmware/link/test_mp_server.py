"""The server finds the requests among any bytes on the line, byte by byte, and counts the rest."""

import asyncio
import io
import os
import sys

sys.path.insert(0, ".")

from firmware.core.lines.line import LineWriter
from firmware.link import server as server_module
from firmware.link.server import LinkServer

POLL = 3  # MicroPython's py/stream.h: the request of poll, and its flag for "there is something to read"
READABLE = 1
UNDO = "deploy-undo.py"


class Line(io.IOBase):
    """The line's end at the device: gives the bytes that have arrived, one a read, and takes what is answered."""

    def __init__(self, data):
        self.data = data
        self.sent = b""
        self.most_read = 0

    def readinto(self, buffer):
        self.most_read = max(self.most_read, len(buffer))
        assert self.data, "a read that would block the device"
        buffer[0] = self.data[0]
        self.data = self.data[1:]
        return 1

    def ioctl(self, request, flags):
        return flags & READABLE if request == POLL and self.data else 0

    def write(self, data):
        self.sent += bytes(data)
        return len(data)


class Context:
    """A device that only says which laptop left it."""

    def __init__(self):
        self.now_ms = 0
        self.left = 0

    def uptime_ms(self):
        return self.now_ms

    def on_upload(self, _is_first):
        pass

    def on_leave(self):
        self.left += 1


def request(body):
    writer = LineWriter(400)
    writer.raw(body)
    length = writer.seal()
    return bytes(writer.view[:length])


def served(data):
    """Serve what arrives until the laptop leaves; return the server."""
    line = Line(data + request(b"?9 repl"))
    server = LinkServer(line, line, Context())
    asyncio.run(server.run())
    assert server.is_leaving and server.context.left == 1 and line.data == b"" and line.most_read == 1
    return server


def answers(server):
    """Return the words of the frames that were sent."""
    return [frame.split(b" ")[1] for frame in server.out.sent.split(b"\n") if frame]


def test_a_request_is_answered_on_a_line_of_its_own():
    server = served(b"")
    assert server.out.sent.startswith(b"\n!9 repl *") and server.out.sent.endswith(b"\n")
    assert server.junk_lines == 0


def test_empty_lines_and_both_ends_of_a_line_are_no_junk():
    server = served(b"\r\n\n\n" + request(b"?1 dance")[:-1] + b"\r\n")
    assert server.junk_lines == 0 and answers(server) == [b"error", b"repl"]


def test_what_is_no_request_is_counted_and_not_answered():
    server = served(b"boot: mode\n" + b"!1 hello\n" + b"?1 hello *00000000\n")
    assert server.junk_lines == 3 and answers(server) == [b"repl"]


def test_a_line_longer_than_any_request_is_junk_and_the_next_one_counts():
    for length in (256, 257, 300, 5000):
        server = served(b"?" + b"x" * (length - 1) + b"\n")
        assert server.junk_lines == 1 and answers(server) == [b"repl"], length


def test_the_longest_request_still_fits():
    body = b"?1 schedule x=" + b"y" * (256 - 11 - 14)
    assert len(request(body)) == 256
    server = served(request(body))
    assert server.junk_lines == 0 and answers(server) == [b"error", b"repl"]
    server = served(request(body + b"y"))
    assert server.junk_lines == 1 and answers(server) == [b"repl"]


def test_a_lost_end_costs_the_next_request_and_no_more():
    server = served(request(b"?1 dance")[:-1] + request(b"?2 dance") + request(b"?3 dance"))
    assert server.junk_lines == 1 and answers(server) == [b"error", b"repl"]


def test_many_lines_at_once_are_all_served():
    server = served(request(b"?1 dance") * 40)
    assert answers(server) == [b"error"] * 40 + [b"repl"]


def test_an_answer_ends_the_trial_of_a_new_app_and_an_error_does_not():
    for body, ends in ((b"?1 dance", False), (b"?1 repl", True)):
        with open(UNDO, "w") as file:
            file.write("")
        try:
            line = Line(request(body))
            server = LinkServer(line, line, Context())
            if ends:
                asyncio.run(server.run())
            else:
                asyncio.run(server._session.serve(memoryview(request(body))))
            assert (UNDO not in os.listdir(".")) == ends
        finally:
            if UNDO in os.listdir("."):
                os.remove(UNDO)


def test_it_is_alive_while_it_waits_or_when_something_was_sent():
    server = served(b"")
    assert server.is_alive(), "it has answered"
    assert not server.is_alive()


def test_it_rests_when_no_laptop_has_asked_since_the_last_look():
    server = served(b"")
    assert not server.rest() and server.rest()


def test_the_buffers_of_a_silent_laptop_are_freed_through_it():
    server = served(b"")
    server._session.setting = ("tags", bytearray())
    server.context.now_ms = 5_001
    server.drop_abandoned()
    assert server._session.setting is None


class Counting(LinkServer):
    """A server that notes, at each of its waits, how much of the line it had not read yet, and whether it is alive."""

    def __init__(self, line):
        self.left = []
        self.is_alive_waiting = []
        super().__init__(line, line, Context())

    def _input(self):
        self.left.append(len(self.out.data))
        self.is_alive()
        self.is_alive_waiting.append(self.is_alive())
        return super()._input()


def test_after_64_bytes_the_others_have_a_turn():
    server = Counting(Line(b"x" * 150 + b"\n" + request(b"?9 repl")))
    whole = len(server.out.data)
    asyncio.run(server.run())
    assert server.left[:3] == [whole, whole - 64, whole - 128]


def test_a_server_that_waits_is_alive_however_long_and_one_that_is_stuck_in_an_answer_is_not():
    server = Counting(Line(request(b"?9 repl")))
    assert server.is_alive(), "it has just started"
    assert not server.is_alive(), "nobody runs it yet"
    seen = []

    def on_leave():
        server.is_alive()
        seen.append(server.is_alive())

    server.context.on_leave = on_leave
    asyncio.run(server.run())
    assert server.is_alive_waiting == [True] and seen == [False]


class Closed(Line):
    """A line that reads as closed at these reads, counted from 1."""

    def __init__(self, data, *closed):
        super().__init__(data)
        self.closed = closed
        self.reads = 0

    def readinto(self, buffer):
        self.reads += 1
        if self.reads in self.closed:
            return 0
        return super().readinto(buffer)


def test_a_line_that_reads_as_closed_is_read_again_a_fifth_of_a_second_later_and_loses_nothing():
    for closed, waits in (((1, 2), 2), ((3,), 0), ((3, 4), 1)):
        line = Closed(request(b"?1 dance") + request(b"?9 repl"), *closed)
        server = LinkServer(line, line, Context())
        waited = []

        class Tasks:
            @staticmethod
            def sleep_ms(ms):
                if ms:
                    waited.append(ms)  # noqa: B023  used in this turn of the loop only
                return asyncio.sleep_ms(0)

        server_module.asyncio = Tasks
        try:
            asyncio.run(server.run())
        finally:
            server_module.asyncio = asyncio
        assert waited == [200] * waits, (closed, waited)
        assert answers(server) == [b"error", b"repl"] and server.junk_lines == 0


def test_looking_for_input_waits_for_nothing():
    server = served(b"")
    asked = []

    class Poll:
        def __init__(self, found):
            self.found = found

        def ipoll(self, timeout_ms):
            asked.append(timeout_ms)
            return iter(self.found)

    for found, has_input in (((), False), ((1,), True)):
        server._poll = Poll(found)
        assert server.has_input() is has_input
    assert asked == [0, 0]


def test_only_the_first_answer_ends_the_trial_of_a_new_app():
    line = Line(request(b"?1 repl"))
    server = LinkServer(line, line, Context())
    server.before_answer()
    try:
        with open(UNDO, "w") as file:
            file.write("")
        server.before_answer()
        assert UNDO in os.listdir("."), "this one is of a deploy that came later"
    finally:
        os.remove(UNDO)


def test_its_buffers_are_freed_for_a_part_of_the_app():
    server = served(b"")
    server._session.setting = ("tags", bytearray())
    server.make_room()
    assert server._session.setting is None


def test_the_bytes_of_a_line_that_was_too_long_are_no_part_of_the_next_one():
    for length in (254, 255, 256, 257, 1000):
        server = served(b"?" + b"x" * (length - 1) + b"\r" + request(b"?1 dance"))
        assert server.junk_lines == 1 and answers(server) == [b"error", b"repl"], length
