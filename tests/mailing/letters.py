"""Letters without a forum around them: one writer for all tests, as one process has."""

import email
import email.policy
from datetime import timedelta
from functools import cache

from dela.attending import mails
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.letters import Letters
from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.web.links import Links
from tests.support.forum import NOW, START

MEETING = Meeting(id="2026-1", starts_at=START, minutes=50, created_at=NOW, changed_at=NOW)
MOVED = MEETING.model_copy(update={"moved_from": START - timedelta(days=1), "moved_at": NOW, "sequence": 1})
ID = f"{MEETING.id}.abc"


def forum_settings(base_url="http://localhost:8080", coordinator="Karin Norrby", name="Dela"):
    """Settings of a forum; its names are not validated, so that they may be worse than what an operator may type."""
    keys = {"secret_keys": ("the-key-of-tests",), "identity_key": "the-identity-of-tests"}
    who = {"coordinator_name": coordinator, "name": name}
    return Settings(base_url=base_url, coordinator_phone="063-555 01 00", **keys).model_copy(update=who)


def new_writer(**told):
    settings = forum_settings(**told)
    return Letters(settings, Links(settings))


writer = cache(new_writer)
LINKS = Links(forum_settings())


def registration(meeting=MEETING, language="sv", **more):
    """A person of a meeting; `more` is not validated, so that it may be worse than what a form lets through."""
    fields = {"name": "Anna Andersson", "organisation": "Annas Bageri", "municipality": "Åre", "person": "abc"}
    known = Registration(
        id=f"{meeting.id}.abc",
        meeting=meeting.id,
        language=language,
        email="anna@example.org",
        attempt=1,
        signed_up_at=NOW,
        state=RegistrationState.CONFIRMED,
        **fields,
    )
    return known.model_copy(update=more)


def written(reason, language="sv", meeting=MOVED, now=NOW, by=None, **person):
    """A mail as its reader's program parses it, and as it is sent."""
    letter = (by or writer()).letter(reason, meeting, language, now)
    state = RegistrationState.LEFT if reason is mails.LEFT else RegistrationState.CONFIRMED
    sent = letter.fill(registration(meeting, language, **{"state": state, **person}), f"{reason.name}.1.{ID}", now)
    return email.message_from_bytes(sent.data, policy=email.policy.default), sent
