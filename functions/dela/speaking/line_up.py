"""What the coordinator does with a meeting's speakers: offers a place that became free, and sets their order."""

from collections.abc import Sequence
from datetime import datetime

from dela.mailing.wake import wake_planned
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.speaking import mails
from dela.speaking.agenda import line_of
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.lined_up import standbys_among
from dela.speaking.places import held_places
from dela.speaking.reading import Closed
from dela.speaking.reminding import invitations_to
from dela.speaking.telling import Reached, step
from dela.store.contract import Transaction


def offer_place(ports: Ports, meeting_id: str, now: datetime) -> Invitation:
    """Ask the first of those who stand by whether they take the place that is free; answers whom.

    Raises NotFound, and Closed: "cancelled", "started", "full" (no place is free, or it is offered already), "nobody".
    """

    def work(store: Transaction) -> Reached:
        meeting = meeting_of(store, meeting_id)
        if meeting.cancelled or now >= meeting.starts_at:
            raise Closed("cancelled" if meeting.cancelled else "started")
        held, asked = held_places(store, meeting_id), invitations_to(store, meeting_id)
        offered = sum(each.state is InvitationState.ASKED and each.stands_by_since is not None for each in asked)
        if len(held) + offered >= ports.settings.speakers_max:
            raise Closed("full")
        first = next(iter(standbys_among(asked)), None)
        if first is None:
            raise Closed("nobody")
        anew = first.model_copy(update={"asked_at": now, "round": first.round + 1, "stage": 0})
        done = step(ports.settings, meeting, anew, InvitationState.ASKED, "coordinator", now, mails.OFFERED)
        store.put(done.invitation)
        for message in done.mails:
            store.create(message)
        return done

    done = ports.store.transact(work)
    wake_planned(ports, done.mails)
    return done.invitation


def order(ports: Ports, meeting_id: str, people: Sequence[str], now: datetime) -> None:
    """Set the order in which people speak; those who are not named come after them, by lot.

    Raises NotFound, and Closed: "started", or "not_speaking" if one of them holds no place.
    """

    def work(store: Transaction) -> None:
        if now >= meeting_of(store, meeting_id).starts_at:
            raise Closed("started")
        held, asked = held_places(store, meeting_id), invitations_to(store, meeting_id)
        if len(set(people)) != len(people) or not set(people) <= {each.person for each in held}:
            raise Closed("not_speaking")
        named = {person: number for number, person in enumerate(people, 1)}
        for place in (place for place in held if place.person in named):
            store.put(place.model_copy(update={"position": named[place.person]}))
        for each in (each for each in asked if each.person in named):
            placed = each.model_copy(update={"position": named[each.person]})
            store.put(placed)
            store.put(line_of(placed))

    ports.store.transact(work)
