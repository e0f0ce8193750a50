"""Each command is done once, in the order in which it came, and what is none is refused with a sentence."""

import asyncio
import random

import pytest

from clapmark.stage.commands import Command, CommandError, CommandLog, command_of


def test_ten_thousand_commands_repeated_and_reordered_are_each_done_once():
    done = []

    async def perform(command):
        await asyncio.sleep(0)
        done.append(command.ident)
        return command.ident

    async def run():
        log = CommandLog(perform)
        chance = random.Random(4)
        requests = [f"id{n}" for n in range(10_000)]
        requests += chance.choices(requests, k=5_000)
        for place in range(0, len(requests) - 20, 20):  # a network that reorders what is close
            part = requests[place : place + 20]
            chance.shuffle(part)
            requests[place : place + 20] = part
        results = await asyncio.gather(*(log.do(Command(ident, "start")) for ident in requests))
        assert [result.say for result in results] == requests
        return log

    log = asyncio.run(run())
    assert len(done) == len(set(done)) == log.done == 10_000 and log.repeated == 5_000


def test_a_command_that_failed_is_not_tried_again_by_its_repetition():
    calls = []

    async def perform(command):
        calls.append(command)
        if len(calls) == 1:
            raise CommandError("The countdown is over.")
        raise ZeroDivisionError

    async def run():
        log = CommandLog(perform)
        first = await log.do(Command("a", "pause"))
        assert (first.status, first.say) == (409, "The countdown is over.") == (
            (await log.do(Command("a", "pause"))).status, first.say)  # fmt: skip
        broken = await log.do(Command("b", "pause"))
        assert broken.status == 500 and "ZeroDivisionError" in broken.say

    asyncio.run(run())
    assert len(calls) == 2


def test_a_command_whose_sender_hangs_up_is_done_all_the_same():
    done = []

    async def perform(command):
        await asyncio.sleep(0.05)
        done.append(command.ident)
        return "ok"

    async def run():
        log = CommandLog(perform)
        task = asyncio.ensure_future(log.do(Command("a", "add")))
        await asyncio.sleep(0.01)
        task.cancel()
        assert (await log.do(Command("a", "add"))).say == "ok"

    asyncio.run(run())
    assert done == ["a"]


@pytest.mark.parametrize(
    ("value", "say"),
    [
        (None, "JSON object"),
        ([], "JSON object"),
        ({}, "`do` is one of"),
        ({"do": "explode", "id": "a"}, "`do` is one of"),
        ({"do": ["start"], "id": "a"}, "`do` is one of"),
        ({"do": "start"}, "`id` is a text"),
        ({"do": "start", "id": 7}, "`id` is a text"),
        ({"do": "start", "id": "x" * 65}, "`id` is a text"),
        ({"do": "start", "id": "\x00"}, "`id` is a text"),
        ({"do": "add", "id": "a", "minutes": 601}, "`minutes` must be"),
        ({"do": "add", "id": "a", "minutes": 1.5}, "`minutes` must be"),
        ({"do": "add", "id": "a", "minutes": True}, "`minutes` must be"),
        ({"do": "preset", "id": "a", "number": 12}, "`number` must be"),
        ({"do": "silent", "id": "a", "on": 1}, "`on` must be"),
        ({"do": "talk", "id": "a", "talk": 3}, "`talk` must be text"),
        ({"do": "option", "id": "a", "name": "smoke"}, "`name` is one of"),
        ({"do": "message", "id": "a", "to": "all"}, "`to` is one of"),
        ({"do": "message", "id": "a", "text": "x" * 10_000}, "at most 200 characters, this one has 10000"),
    ],
)
def test_what_is_no_command_is_refused_with_a_sentence(value, say):
    with pytest.raises(CommandError, match=say) as error:
        command_of(value)
    assert error.value.status in (400, 413) and "Nothing was" in str(error.value)


def test_a_message_is_text_on_one_line_without_what_a_screen_would_obey():
    command = command_of({"do": "message", "id": "a", "text": "<b>a</b>\x1b[2J\n\u202e b"})
    assert command.text == "<b>a</b> b"
