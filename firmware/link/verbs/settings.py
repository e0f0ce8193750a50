"""settings: reads one or all, or changes one, in parts."""

import json

from micropython import const

from firmware.core.settings import SettingsError, check
from firmware.link.request import RequestError, number
from firmware.system.json_files import SETTINGS_PATH, replace_json

_VALUE_BYTES = const(100)  # in one frame, before escaping
_MOST_VALUE_BYTES = const(1024)
_MOST_ALL_BYTES = const(65536)


async def serve(exchange, values):
    """Answer the verb."""
    context = exchange.context
    key = values.get("key", b"")
    name = key.decode()
    at = number(values, "at", 0, _MOST_ALL_BYTES) if "at" in values else 0
    part = values.get("value")
    if part is not None:
        _take(exchange, name, at, part, "more" in values)
    if name and name not in context.settings:
        raise RequestError(b"key")
    value = json.dumps(context.settings[name] if name else context.settings).encode()
    writer = exchange.begin(b"settings")
    writer.text_field(b"key", key)
    writer.number_field(b"size", len(value))
    writer.number_field(b"at", at)
    writer.text_field(b"value", value[at : at + _VALUE_BYTES] if part is None else b"")
    await exchange.send()


def _take(exchange, name, at, part, is_more):
    if at == 0 or not exchange.setting or exchange.setting[0] != name:
        exchange.setting = (name, bytearray())
    value = exchange.setting[1]
    if at > len(value) or at + len(part) > _MOST_VALUE_BYTES:
        raise RequestError(b"offset", b"%d" % len(value))
    value[at:] = part
    if not is_more:
        _put(exchange.context, name, value)


def _put(context, name, value):
    """Check the setting, keep it, use it."""
    settings = context.settings
    try:
        checked = check(name, json.loads(value))
    except SettingsError as error:
        raise RequestError(b"value", str(error).encode())
    except ValueError:
        raise RequestError(b"value", b"JSON")
    before = settings[name]
    if checked == before:
        return
    settings[name] = checked
    try:
        replace_json(SETTINGS_PATH, settings)
    except OSError:
        settings[name] = before
        raise RequestError(b"file")
    context.on_settings_changed()
