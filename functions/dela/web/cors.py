"""What a page of another origin may do here: the region's own website signs people up by script (Fetch, CORS)."""

from collections.abc import Collection

from werkzeug import Request, Response

PREFLIGHT = {"Access-Control-Allow-Headers": "Content-Type", "Access-Control-Max-Age": "3600"}


def allow_origin(request: Request, answer: Response, origins: Collection[str], methods: str) -> Response:
    """The answer, readable to the page that asked if its origin is one of `origins`; others get no header at all.

    `methods` are those that an OPTIONS tells of: what a browser asks before it posts JSON.
    """
    answer.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin and origin in origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            answer.headers.update({"Access-Control-Allow-Methods": methods, **PREFLIGHT})
    return answer
