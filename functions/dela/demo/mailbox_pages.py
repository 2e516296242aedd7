"""The demo's mailbox: every mail as its reader sees it."""

from collections.abc import Sequence
from typing import Any, Protocol

from werkzeug import Response

from dela.errors import NotFound
from dela.web.call import Call

PER_PAGE = 20
HTML_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation-by-user-activation"
)
"""A mail's styles stand in its elements, as mail programs want them; nothing else is let in."""


class Mailbox(Protocol):
    """What is read of the outbox."""

    def count(self) -> int:
        """How many mails there are."""
        ...

    def newest(self, limit: int, skip: int = 0) -> Sequence[Any]:
        """The latest mails, newest first."""
        ...

    def find(self, id: str) -> Any | None:
        """The mail of that id, or None."""
        ...


class MailboxPages:
    """The list, a mail, its HTML as it is, and its attachments."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def newest(self, call: Call) -> Response:
        """GET: the mails, newest first, `page` by page."""
        page = call.request.args.get("page", "0")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 0
        mails = self._mailbox.newest(PER_PAGE, number * PER_PAGE)
        more = (number + 1) * PER_PAGE < self._mailbox.count()
        return call.page(
            "demo_mailbox.html",
            mails=[(mail, _url(call, mail.id)) for mail in mails],
            older=f"{_url(call)}?page={number + 1}&lang={call.language}" if more else None,
            newer=f"{_url(call)}?page={number - 1}&lang={call.language}" if number else None,
            index_url=call.ports.settings.base_url,
            here=_url(call),
        )

    def mail(self, call: Call, id: str) -> Response:
        """GET: one mail: attachments, HTML, text, headers."""
        mail = self._find(id)
        return call.page(
            "demo_mail.html",
            mail=mail,
            html_url=_url(call, id, "html"),
            attachments=[(each, _url(call, id, str(number))) for number, each in enumerate(mail.attachments)],
            mailbox_url=_url(call),
            here=_url(call, id),
        )

    def html(self, call: Call, id: str) -> Response:
        """GET: the mail's HTML, for the frame on its page; its links open outside of the frame."""
        framed = self._find(id).html.replace("<head>", '<head><base target="_top">', 1)
        headers = {"Content-Security-Policy": HTML_POLICY, "Cache-Control": "no-store"}
        return Response(framed, headers=headers, mimetype="text/html")

    def attachment(self, call: Call, id: str, number: int) -> Response:
        """GET: an attachment, as the reader would save it."""
        attachments = self._find(id).attachments
        if number >= len(attachments):
            raise NotFound("no such attachment")
        headers = {
            "Content-Type": attachments[number].type,
            "Content-Disposition": "attachment; filename=dela.ics",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(attachments[number].data, headers=headers)

    def _find(self, id: str) -> Any:
        mail = self._mailbox.find(id)
        if mail is None:
            raise NotFound("no such mail")
        return mail


def _url(call: Call, *parts: str) -> str:
    return "/".join([f"{call.ports.settings.base_url}/demo/mailbox", *parts])
