"""A device in safe mode tells the laptop so, with the reason; button A still marks."""

from clapmark.firmware_build.build import current_app
from clapmark.link.client import LinkClient, SerialTransport
from tests.bench.support.worlds import World


def test_a_key_whose_capacitor_still_charges_is_not_held(played):
    device = played("0 hold A 505ms\n5 plug\n10 end\n")
    with LinkClient(SerialTransport(str(device.port))) as client:
        assert client.hello().problem == ""


def test_hello_says_safe_mode_and_why(played):
    device = played("0 hold A 3000ms\n5 plug\n10 end\n")
    with LinkClient(SerialTransport(str(device.port))) as client:
        assert client.hello().problem == "Safe mode: only button A works. Because button A was held."


AFTER_NO_MEMORY = """
import asyncio, binascii, json
from firmware.start.safe_mode import SafeMode

class Out:
    said = b""

    def write(self, data):
        self.said += data
        return len(data)

mode = SafeMode("of a test")
mode._link.out = Out()
session = mode._link._session
session._free_memory()
for words in (b"?1 settings key=nonsense", b"?2 commit epoch=0 seq=x crc=0", b"?3 nonsense", b"?4 status", b"?5 hello"):
    line = b"%s *%08X\\n" % (words, binascii.crc32(words))
    assert asyncio.run(session.serve(memoryview(bytearray(line))))
with open("figures.json", "w") as file:
    json.dump({"said": mode._link.out.said.decode(), "failures": session.failures}, file)
"""


def test_safe_mode_refuses_in_words_after_it_has_run_out_of_memory(tmp_path):
    world = World(tmp_path, main_py=AFTER_NO_MEMORY)
    world.play("5 end\n", app=current_app())
    found = world.figures()
    said = str(found["said"])
    assert found["failures"] == 0, said
    for answer in ("!1 error code=key", "!2 error code=argument", "!3 error code=verb", "!4 status", "!5 hello"):
        assert f"\n{answer} " in said
