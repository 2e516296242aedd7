"""How much of a request's head is read. Parsing it takes time by its length, and any server may stand in front."""

from werkzeug import Request

LONGEST = {"HTTP_ACCEPT": 1024, "HTTP_ACCEPT_LANGUAGE": 1024, "CONTENT_TYPE": 1024, "HTTP_COOKIE": 8192}
"""Several times what browsers send; a cookie may stand among many of the other sites of its domain."""
LONGEST_QUERY = 2048
"""Our own is ?lang=sv; what others append, to see where people come from, stays below this too."""
LONGEST_WAY = 1024


def bound(request: Request) -> None:
    """Make it as if what is too long had not been sent, before anything parses it.

    X-Forwarded-For keeps its end, where the proxies write.
    """
    environ = request.environ
    for name, longest in LONGEST.items():
        if len(environ.get(name, "")) > longest:
            environ[name] = ""
    if len(request.query_string) > LONGEST_QUERY:
        request.query_string = b""
    if "HTTP_X_FORWARDED_FOR" in environ:
        environ["HTTP_X_FORWARDED_FOR"] = environ["HTTP_X_FORWARDED_FOR"][-LONGEST_WAY:]
