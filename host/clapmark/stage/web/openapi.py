"""The API's description in OpenAPI 3.1, made from the commands as they are."""

from clapmark.stage.commands import COMMANDS, MOST_ID, MOST_MESSAGE, MOST_MINUTES, OPTIONS, TO
from clapmark.stage.web.texts import TEXTS
from firmware.version import VERSION

_SAY = {
    "type": "object",
    "properties": {"say": {"type": "string", "description": "A sentence for the person."}},
    "required": ["say"],
}
_ANSWERS = {
    "400": "It is no command; `say` gives the reason.",
    "401": "The token is missing, wrong or expired.",
    "409": "It is not possible now, such as a pause when the countdown is over. Nothing was changed.",
    "413": "It is too long.",
    "429": "Too many requests. Send it again, with the same `id`.",
}


def openapi() -> dict[str, object]:
    """Return the description as an object."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clapmark stage",
            "version": VERSION.decode(),
            "description": "The countdown of the room: its state as an anchor, and commands that are done once.",
        },
        "paths": {
            "/api/1/state": {"get": _get("The state, once.", "application/json", _state())},
            "/api/1/clock": {
                "get": _get("The stage's clock; compare it with yours as docs/stage.md says.", "application/json", {
                    "type": "object", "properties": {"now_ms": {"type": "number"}}})
            },
            "/api/1/events": {
                "get": _get(
                    "Server-sent events: `state` now and on each change, `beat` every two seconds.",
                    "text/event-stream", {"type": "string"})
            },
            "/api/1/text/{what}": {
                "get": _get("One text, such as for a text source of OBS.", "text/plain", {"type": "string"})
                | {"parameters": [{
                    "name": "what", "in": "path", "required": True,
                    "schema": {"enum": list(TEXTS)}}]}
            },
            "/api/1/commands": {"post": _commands()},
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            }
        },
    }  # fmt: skip


def _get(summary: str, media_type: str, schema: dict[str, object]) -> dict[str, object]:
    return {
        "summary": summary,
        "security": [{}, {"bearer": []}, {"query": []}],
        "responses": {"200": {"description": "OK", "content": {media_type: {"schema": schema}}}},
    }


def _commands() -> dict[str, object]:
    properties: dict[str, object] = {
        "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": MOST_ID,
            "description": "A new one for each command; a request that is sent again keeps it, and is done once.",
        },
        "do": {
            "enum": list(COMMANDS),
            "description": "\n".join(f"- `{name}`: {text}" for name, text in COMMANDS.items()),
        },
        "minutes": {"type": "integer", "minimum": -MOST_MINUTES, "maximum": MOST_MINUTES},
        "number": {"type": "integer", "minimum": 0, "maximum": 11},
        "on": {"type": "boolean"},
        "talk": {"type": "string"},
        "with": {"type": "string"},
        "time": {"type": "string", "pattern": "^[0-2]?[0-9]:[0-5][0-9]$"},
        "text": {"type": "string", "maxLength": MOST_MESSAGE},
        "to": {"enum": list(TO)},
        "name": {"enum": list(OPTIONS)},
    }
    schema = {"type": "object", "properties": properties, "required": ["id", "do"]}
    answers = {"200": "Done."} | _ANSWERS
    return {
        "summary": "Do a command.",
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            status: {"description": text, "content": {"application/json": {"schema": _SAY}}}
            for status, text in answers.items()
        },
    }


def _state() -> dict[str, object]:
    countdown = {
        "type": "object",
        "description": "At `at_ms` of the stage's clock `left_ms` was left; while it is `running`, less since.",
        "properties": {
            "state": {"enum": ["ready", "running", "paused", "ended"]},
            "stage": {"enum": ["running", "one-finger", "two-finger", "applause", "overtime"]},
            "at_ms": {"type": "number"},
            "left_ms": {"type": "number"},
            "total_ms": {"type": "integer"},
            "planned_ms": {"type": "integer"},
            "one_finger_ms": {"type": "integer"},
            "two_finger_ms": {"type": "integer"},
            "overtime": {"type": "boolean"},
            "counts_up": {"type": "boolean"},
            "preset": {"type": "string"},
        },
    }
    return {
        "type": "object",
        "properties": {
            "version": {"type": "integer", "description": "Grows with each change."},
            "now_ms": {"type": "number", "description": "The stage's clock when this was sent."},
            "utc_at_zero_ms": {"type": "number", "description": "UTC when the stage's clock showed 0."},
            "offset_s": {"type": "integer", "description": "The room's local time minus UTC."},
            "countdown": countdown,
            "talk": {"type": ["object", "null"]},
            "next": {"type": ["object", "null"]},
            "session": {"type": "object"},
            "rundown": {"type": "array", "items": {"type": "object"}},
            "message": {"type": "object"},
            "options": {"type": "object"},
            "silent": {"type": "boolean"},
            "presets": {"type": "array", "items": {"type": "object"}},
            "device": {"type": "object"},
        },
    }
