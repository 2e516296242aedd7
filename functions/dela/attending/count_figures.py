"""Counting a meeting: by counts of the store, never by reading people."""

from datetime import datetime

from dela.attending.figures import Figures
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.ledger import Message, MessageState
from dela.settings import Settings
from dela.store.contract import Query, Reader


def figures_of(store: Reader, meeting: str, settings: Settings, now: datetime) -> Figures:
    """The figures of a meeting as it stands at `now`."""

    def people(**equal: str) -> int:
        return store.count(Registration, Query(equal={"meeting": meeting, **equal}))

    confirmed = people(state=RegistrationState.CONFIRMED)
    left = people(state=RegistrationState.LEFT)
    places = {place: people(state=RegistrationState.CONFIRMED, municipality=place) for place in settings.places}
    return Figures(
        id=meeting,
        counted_at=now,
        registered=confirmed + left,
        confirmed=confirmed,
        left=left,
        present=store.count(Registration, Query(equal={"meeting": meeting}, range_field="present_at", at_least="")),
        mails_sent=store.count(Message, Query(equal={"meeting": meeting, "state": MessageState.SENT})),
        municipalities=places,
    )
