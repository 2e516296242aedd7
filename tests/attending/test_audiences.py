"""Whom a mail to many reaches."""

from datetime import UTC, datetime, timedelta

from dela.attending.audiences import REGISTERED
from dela.attending.registration import Registration, RegistrationState


def test_who_confirmed_after_a_reminder_was_due_does_not_get_it():
    due = datetime(2026, 12, 2, 11, 10, tzinfo=UTC)
    person = Registration(
        id="m.p",
        meeting="m",
        person="p",
        email="a@example.org",
        name="A",
        language="sv",
        signed_up_at=due,
        state=RegistrationState.CONFIRMED,
        confirmed_at=due - timedelta(seconds=1),
    )

    assert REGISTERED.includes(person, due)
    assert not REGISTERED.includes(person.model_copy(update={"confirmed_at": due}), due)
    assert not REGISTERED.includes(person.model_copy(update={"state": RegistrationState.LEFT}), due)
