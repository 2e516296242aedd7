"""The mail that `dela check` sends: plain, in English, to an operator."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from dela.errors import Refused
from dela.mail.contract import Mail
from dela.parsed.mailbox import Mailbox
from dela.settings import Settings

TEXT = """This is a test mail of {name}, sent by `dela check` for {url}.

That you read it means that mails leave. Two things are worth a look:

- Is it in the inbox, or did it land among the junk?
- Its headers (your mail program shows them as "source" or "original") should say spf=pass and dkim=pass.
"""


def trial_mail(settings: Settings, recipient: str, now: datetime) -> Mail:
    """A test mail to an address. Raises Refused for what is no address."""
    try:
        to = Mailbox.of(recipient)
    except ValueError as error:
        raise Refused(str(error)) from error
    sender = settings.mail_from
    message = EmailMessage(policy=SMTP)
    message["To"] = Address(addr_spec=to.address)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["Reply-To"] = settings.reply_to.address
    message["Subject"] = f"Test mail of {settings.name}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message.set_content(TEXT.format(name=settings.name, url=settings.base_url), cte="quoted-printable")
    return Mail(sender.address, to.address, str(message["Message-ID"]), message.as_bytes())
