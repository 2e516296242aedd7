"""What every endpoint shares: routing below its own root, methods, limits, headers, and errors turned into answers."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from time import perf_counter
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from dela.errors import Broken, DelaError, Expired, NotFound, TemporaryFailure, Unreadable
from dela.ports import Ports
from dela.web.answers import error_answer
from dela.web.arriving import as_mailed, token_path
from dela.web.call import READING, Call, call_of
from dela.web.cors import allow_origin
from dela.web.runs import ran

log = logging.getLogger(__name__)

LARGEST_BODY = 32 * 1024


Handler = Callable[..., Response]
"""Takes a Call and the parts of the path by name."""


class Endpoint:
    """The paths of one function. Each takes its paths with and without its own name in front.

    docs/rules.md, "Addresses", tells why. `shared` are the paths that pages of the origins
    in the settings may call, whatever the answer.
    """

    def __init__(
        self, name: str, paths: Sequence[tuple[str, Mapping[str, Handler]]], shared: Collection[str] = ()
    ) -> None:
        self._name, self._shared = name, shared
        self._methods = {path: (methods, _allowed(methods)) for path, methods in paths}
        paths_known = Map(
            [Rule(path, endpoint=path) for path, _ in paths],
            strict_slashes=False,
            merge_slashes=False,
            redirect_defaults=False,
        )
        self._paths = paths_known.bind("")
        self._token_paths = [token_path(name, path) for path, _ in paths if "<token>" in path]

    def __call__(self, request: Request, ports: Ports) -> Response:
        """Answer a request and log that; whatever goes wrong becomes an answer too."""
        started = perf_counter()
        answer = self._answered(request, ports)
        ran(self._name, answer.status_code, started, reading=request.method in READING)
        return answer

    def _answered(self, request: Request, ports: Ports) -> Response:
        call = call_of(request, ports)
        try:
            path, parts = self._match(request)
        except HTTPException as error:
            return error_answer(call, error.code or 404)
        methods, allowed = self._methods[path]
        answer = self._handled(call, methods, allowed, parts)
        return allow_origin(request, answer, ports.settings.origins, allowed) if path in self._shared else answer

    def _handled(self, call: Call, methods: Mapping[str, Handler], allowed: str, parts: Mapping[str, Any]) -> Response:
        try:
            return self._answer(call, methods, allowed, parts)
        except HTTPException as error:
            return error_answer(call, error.code or 500)
        except Exception as error:
            if isinstance(error, DelaError) and not isinstance(error, Broken | Unreadable):
                return error_answer(call, _status_of(error))
            log.exception("a request failed", extra={"action": self._name})
            return error_answer(call, 500)

    def _answer(self, call: Call, methods: Mapping[str, Handler], allowed: str, parts: Mapping[str, Any]) -> Response:
        method = call.request.method
        if method == "OPTIONS":
            return Response(status=204, headers={"Allow": allowed})
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            answer = error_answer(call, 405)
            answer.headers["Allow"] = allowed
            return answer
        if method not in READING:
            _refuse_large(call.request)
        return handler(call, **parts)

    def _match(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        path, root = as_mailed(request.path, self._token_paths), f"/{self._name}"
        if self._name and (path == root or path.startswith(f"{root}/")):
            path = path[len(root) :]
        return self._paths.match(path or "/", method="GET")


def _allowed(methods: Collection[str]) -> str:
    return ", ".join(sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())}))


def _refuse_large(request: Request) -> None:
    request.max_content_length = LARGEST_BODY
    request.max_form_memory_size = LARGEST_BODY
    body = request.stream
    request.get_data(cache=True, parse_form_data=True)
    if request.content_length is None:
        body.read(1)  # of a chunked body werkzeug cuts off what is too much, and says so at the next read only


def _status_of(error: DelaError) -> int:
    statuses = {NotFound: 404, Expired: 410, TemporaryFailure: 503}
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), 409)
