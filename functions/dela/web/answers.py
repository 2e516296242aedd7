"""Answers that are not a page of their own: errors as a page or as problem details, and JSON."""

import json
from typing import Any

from werkzeug import Request, Response

from dela.web.call import Call

ERROR_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method",
    409: "gone",
    410: "expired",
    413: "too_large",
    415: "unsupported",
    429: "too_many",
    503: "temporary",
}
RETRY_AFTER = {429: "600", 503: "30"}


def wants_json(request: Request) -> bool:
    """Whether the caller is a program that speaks JSON."""
    if request.mimetype == "application/json":
        return True
    accepted = request.accept_mimetypes
    return bool(accepted) and accepted.best_match(["text/html", "application/json"]) == "application/json"


def error_answer(call: Call, status: int) -> Response:
    """An error as the caller can read it: a page, or RFC 9457 problem details."""
    code = ERROR_CODES.get(status, "bad_request" if status < 500 else "server")
    if wants_json(call.request):
        answer = problem(status, code)
    else:
        answer = call.page("error.html", status, code=code, signup_url=call.site.links.page(None, call.language))
    if status in RETRY_AFTER:
        answer.headers["Retry-After"] = RETRY_AFTER[status]
    return answer


def problem(status: int, code: str, **more: Any) -> Response:
    """Problem details (RFC 9457). `code` is stable for programs; `more` adds members such as "errors"."""
    body = {"type": "about:blank", "status": status, "title": code.replace("_", " "), "code": code, **more}
    return json_answer(body, status, "application/problem+json")


def json_answer(body: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    """A JSON answer that nobody keeps or misreads."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(json.dumps(body, ensure_ascii=False), status, headers, mimetype=mimetype)
