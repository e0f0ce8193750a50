"""A device in safe mode tells the laptop so, with the reason; button A still marks."""

from clapmark.link.client import LinkClient, SerialTransport


def test_a_key_whose_capacitor_still_charges_is_not_held(played):
    device = played("0 hold A 505ms\n5 plug\n10 end\n")
    with LinkClient(SerialTransport(str(device.port))) as client:
        assert client.hello().problem == ""


def test_hello_says_safe_mode_and_why(played):
    device = played("0 hold A 3000ms\n5 plug\n10 end\n")
    with LinkClient(SerialTransport(str(device.port))) as client:
        assert client.hello().problem == "Safe mode: only button A works. Because button A was held."
