"""The description of the JSON API (OpenAPI 3.1), made from the form that checks it."""

from typing import Any

from dela import settings as settings_module
from dela.attending.web.sign_up_form import SignUpForm
from dela.web.answers import RETRY_AFTER
from dela.web.language import LANGUAGES

Json = dict[str, Any]


def description(settings: settings_module.Settings) -> Json:
    """The OpenAPI document of this forum."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{settings.name}: sign-up", "version": "1"},
        "servers": [{"url": settings.base_url}],
        "paths": {
            "/signup": {"post": _sign_up("signUpForNext", [])},
            "/signup/{meeting}": {"post": _sign_up("signUp", [_MEETING])},
            "/signup/meetings.json": {"get": _meetings()},
        },
        "components": {"schemas": {"SignUp": _form(settings), "Problem": _PROBLEM, "Meeting": _MEETING_SCHEMA}},
    }


def _form(settings: settings_module.Settings) -> Json:
    schema = SignUpForm.model_json_schema()
    schema["properties"]["municipality"] = {"type": "string", "enum": list(settings.places)}
    schema["properties"]["language"] = {"enum": [*LANGUAGES, None], "default": None}
    return schema


def _sign_up(operation: str, parameters: list[Json]) -> Json:
    accepted = {
        "type": "object",
        "required": ["status", "meeting"],
        "properties": {"status": {"const": "pending"}, "meeting": {"type": "string"}},
    }
    problems = {
        400: "The body is not a JSON object",
        404: "No such meeting",
        405: "No meeting is called like this: the path is another page's",
        409: "The meeting is full, cancelled or over, or none is open; `next` names the next one",
        413: "The body is larger than 32 KiB",
        415: "The body is neither JSON nor a form",
        422: "Fields are wrong; `errors` names each",
        429: "Too many from one client; see Retry-After",
        503: "Try again later; see Retry-After",
    }
    return {
        "operationId": operation,
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SignUp"}}},
        },
        "responses": {
            "202": {"description": "A mail asks for the confirmation", "content": _json(accepted)},
            **{str(status): _problem(status, text) for status, text in problems.items()},
        },
    }


def _problem(status: int, text: str) -> Json:
    answer: Json = {"description": text, "content": _PROBLEM_CONTENT}
    return {**answer, "headers": _RETRY_AFTER} if status in RETRY_AFTER else answer


def _meetings() -> Json:
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Meeting"}}
    return {
        "operationId": "meetings",
        "responses": {"200": {"description": "The open meetings", "content": _json(listed)}},
    }


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


_MEETING: Json = {"name": "meeting", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_MEETING_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "starts_at", "minutes", "url"],
    "properties": {
        "id": {"type": "string"},
        "starts_at": {"type": "string", "format": "date-time"},
        "minutes": {"type": "integer"},
        "url": {"type": "string", "format": "uri"},
    },
}
_ERROR: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string"},
        "code": {"type": "string"},
        "detail": {"type": "string", "description": "What to do about it, in the language of Accept-Language"},
    },
}
_PROBLEM: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "status", "title", "code"],
    "properties": {
        "type": {"const": "about:blank"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "code": {"type": "string", "description": "What is wrong, for programs; it does not change"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "minItems": 1, "items": _ERROR},
        "next": {"type": "array", "maxItems": 1, "items": {"$ref": "#/components/schemas/Meeting"}},
    },
}
_RETRY_AFTER: Json = {
    "Retry-After": {"required": True, "description": "Seconds", "schema": {"type": "integer", "minimum": 1}}
}
_PROBLEM_CONTENT: Json = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
