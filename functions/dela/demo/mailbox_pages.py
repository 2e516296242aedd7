"""The demo's mailbox: every mail as its reader sees it, the newcomer's own first."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, Protocol

from werkzeug import Response

from dela.errors import NotFound
from dela.web.call import Call

PER_PAGE = 24
MINE_SHOWN = 6
HTML_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation-by-user-activation"
)
"""A mail's styles stand in its elements, as mail programs want them; nothing else is let in."""
HEAD_ROOM, LINE = 560, 34
"""A guess at the pixels of a mail's frame: its fixed parts, and each line of its text."""


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

    def empty(self) -> None:
        """Throw all mails away."""
        ...


class MailboxPages:
    """The list, a mail, its HTML as it is, and its attachments. `others` are the addresses of the made-up people."""

    def __init__(self, mailbox: Mailbox, others: Collection[str]) -> None:
        self._mailbox, self._others = mailbox, others

    def newest(self, call: Call) -> Response:
        """GET: the newcomer's mails, then everyone's, newest first, `page` by page, those of one sending folded."""
        page = call.request.args.get("page", "0")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 0
        count = self._mailbox.count()
        mails = self._mailbox.newest(PER_PAGE, number * PER_PAGE)
        mine = [each for each in self._mailbox.newest(count) if each.address not in self._others] if not number else []
        more = (number + 1) * PER_PAGE < count
        return call.page(
            "demo_mailbox.html",
            mine=[(mail, _path(call, mail.id)) for mail in mine[:MINE_SHOWN]],
            sendings=_sendings(call, (mail for mail in mails if mail.address in self._others)),
            count=count,
            older=f"{_url(call)}?page={number + 1}&lang={call.language}" if more else None,
            newer=f"{_url(call)}?page={number - 1}&lang={call.language}" if number else None,
            here=_url(call),
        )

    def mail(self, call: Call, id: str) -> Response:
        """GET: one mail: attachments, HTML, text, headers."""
        mail = self._find(id)
        return call.page(
            "demo_mail.html",
            mail=mail,
            height=HEAD_ROOM + LINE * len([line for line in mail.text.splitlines() if line.strip()]),
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


def _sendings(call: Call, mails: Iterable[Any]) -> list[list[tuple[Any, str]]]:
    """The mails of one subject that left one after the other, together."""
    return [
        [(mail, _path(call, mail.id)) for mail in together] for _, together in groupby(mails, lambda mail: mail.subject)
    ]


def _url(call: Call, *parts: str) -> str:
    return "/".join([f"{call.ports.settings.base_url}/demo/mailbox", *parts])


def _path(call: Call, id: str) -> str:
    return f"/demo/mailbox/{id}?lang={call.language}"
