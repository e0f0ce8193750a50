"""settings: reads and changes one setting."""

import json

from micropython import const

from firmware.core.lines.frame_limits import SETTING_BYTES
from firmware.core.settings import SettingsError, check
from firmware.link.request import RequestError, number, text
from firmware.system.json_files import SETTINGS_PATH, replace_json

_VALUE_BYTES = const(100)  # in one frame, before escaping
_MOST_ALL_BYTES = const(65536)
_MOST_KEY_BYTES = const(32)


async def serve(session, values):
    """Answer the verb."""
    settings = session.context.settings
    name = text(values, "key")
    if name and name not in settings:
        raise RequestError("key", values["key"][:_MOST_KEY_BYTES])
    at = number(values, "at", 0, _MOST_ALL_BYTES, 0)
    is_more = number(values, "more", 0, 1, 0)
    part = values.get("value")
    if part is not None:
        if not name:
            raise RequestError("key")
        _take(session, name, at, part, is_more)
    value = _text_of(session, name, at)
    writer = session.begin(b"settings")
    writer.text_field(b"key", name.encode())
    writer.number_field(b"size", len(value))
    writer.number_field(b"at", at)
    writer.data_field(b"value", value[at : at + _VALUE_BYTES] if part is None else b"")
    await session.send()
    if at + _VALUE_BYTES >= len(value):
        session.setting_text = None


def _text_of(session, name, at):
    """Return the JSON of a setting, or of all; the parts of one answer come from the same text."""
    held = session.setting_text
    if at and held and held[0] == name:
        return held[1]
    settings = session.context.settings
    value = json.dumps(settings[name] if name else settings).encode()
    session.setting_text = (name, value)
    return value


def _take(session, name, at, part, is_more):
    if at == 0 or not session.setting or session.setting[0] != name:
        session.setting = (name, bytearray())
    value = session.setting[1]
    if at > len(value):
        raise RequestError("offset", b"%d" % len(value))
    if at + len(part) > SETTING_BYTES:
        raise RequestError("value", b"at most %d bytes" % SETTING_BYTES)
    value[at:] = part
    if not is_more:
        session.setting = session.setting_text = None
        _put(session.context, name, value)
        session.setting = (name, value)  # the last part may come again: its answer can be lost


def _put(context, name, value):
    """Check the setting, keep it, use it."""
    settings = context.settings
    try:
        checked = check(name, json.loads(value))
    except SettingsError as error:
        raise RequestError("value", str(error).encode())
    except (ValueError, RuntimeError):  # RuntimeError: nested too deeply
        raise RequestError("value", b"not JSON")
    before = settings[name]
    if checked == before:
        return
    settings[name] = checked
    try:
        replace_json(SETTINGS_PATH, settings)
    except OSError:
        settings[name] = before
        raise RequestError("file")
    context.on_settings_changed()
