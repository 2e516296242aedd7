"""A thin bar on every page of the demo: where it begins, the mailbox with its count, the clock with its date."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from werkzeug import Request, Response

from dela.ports import Ports
from dela.web import dates
from dela.web.language import translations

STYLE = (
    ".demo-bar{display:flex;flex-wrap:wrap;gap:.1rem 1.25rem;background:#14463a;padding:.35rem 1.25rem;"
    "font:1rem/1.5 system-ui,sans-serif;justify-content:center}"
    ".demo-bar a{color:#fff;padding:.25rem 0;min-height:24px}"
    "@media print{.demo-bar{display:none}}"
)
SOURCE = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
Handle = Callable[[Request, Ports], Response]


def with_bar(count_mails: Callable[[], int]) -> Callable[[Handle], Handle]:
    """What puts the bar into every page that a handler answers with; other answers stay as they are."""

    def around(handle: Handle) -> Handle:
        def handler(request: Request, ports: Ports) -> Response:
            answer = handle(request, ports)
            language = answer.headers.get("Content-Language", "")
            if answer.mimetype == "text/html" and language:
                _put_in(answer, _bar(ports, language, count_mails()))
            return answer

        return handler

    return around


def _put_in(answer: Response, bar: str) -> None:
    html = answer.get_data(as_text=True)
    head, _, rest = html.partition("<body")
    attributes, _, body = rest.partition(">")
    head = head.replace("</head>", f"<style>{STYLE}</style></head>")
    answer.set_data(f"{head}<body{attributes}>{bar}{body}")
    policy = answer.headers["Content-Security-Policy"]
    answer.headers["Content-Security-Policy"] = policy.replace("style-src ", f"style-src {SOURCE} ")


def _bar(ports: Ports, language: str, mails: int) -> str:
    _ = translations(language).gettext
    base, query = ports.settings.base_url, f"?lang={language}"
    now = dates.short(ports.clock.now(), language, ports.settings.time_zone)
    links = (
        (f"{base}/{query}", _("Demo")),
        (f"{base}/demo/mailbox{query}", _("Mailbox ({n})").format(n=mails)),
        (f"{base}/{query}#clock", _("Clock: {now}").format(now=now)),
    )
    label = _("Demo")
    return (
        f'<nav class="demo-bar" aria-label="{label}">' + "".join(f'<a href="{u}">{t}</a>' for u, t in links) + "</nav>"
    )
