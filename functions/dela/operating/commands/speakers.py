"""What a coordinator does about speakers at the command line: invite, see where it stands, answer for them, order."""

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from dela.errors import Invalid, NotFound
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of, open_meetings
from dela.operating.commands.opening import forum
from dela.operating.commands.words import Wrong, counted, table, when
from dela.ports import Ports
from dela.speaking import line_up
from dela.speaking.answer import Choice, answer
from dela.speaking.asking_times import asking_times
from dela.speaking.invitation import Invitation, InvitationState, invitation_id
from dela.speaking.invite import Wanted, invite, nudge_by_hand
from dela.speaking.lined_up import standbys_among
from dela.speaking.places import held_places
from dela.speaking.reading import Closed
from dela.speaking.reminding import invitations_to
from dela.speaking.words import state_word
from dela.store.identity import person_id
from dela.web.fields import Address, Line, Name
from dela.web.language import LANGUAGES

T = TypeVar("T")
SENTENCES = {
    "cancelled": "this meeting is cancelled",
    "started": "this meeting has begun",
    "over": "this invitation is over: they chose another meeting, or were taken off or released",
    "full": "all places are taken; who would like to may stand by, or choose another date",
    "date": "not another meeting that is open",
    "answered": "they have answered already, so nobody has to be asked again",
    "just_asked": "they were asked within the last day; please wait, or call",
    "not_speaking": "not everybody you named holds a place at this meeting, or one is named twice",
    "nobody": "nobody stands by",
}


def ask(options: argparse.Namespace) -> None:
    """`dela invite MEETING ADDRESS --name N ...`: one mail asks for an answer; `--again` sends another."""
    with forum() as ports:
        meeting, now = _meeting(ports, options.meeting), ports.clock.now()
        if options.again:
            known = _invitation(ports, meeting, options.address)
            asked = _tried(ports, known.name, lambda: nudge_by_hand(ports, known.id, now))
            print(f"{asked.name}: asked once more")
            return
        wanted = _wanted(ports, options)
        invited = _tried(ports, options.address, lambda: invite(ports, meeting.id, wanted, now))
        expires = asking_times(invited.asked_at, meeting.starts_at, ports.settings).expires_at
        zone = ports.settings.zone
        print(f"{invited.name} is asked for {meeting.id} ({when(meeting.starts_at, zone)}).")
        print(f"An answer is awaited until {when(expires, zone)}; `dela speakers {meeting.id}` shows where it stands.")


def show(options: argparse.Namespace) -> None:
    """`dela speakers [MEETING]`: who was asked, what they said, and what is to be done. It shows no address."""
    with forum(writing=False) as ports:
        now = ports.clock.now()
        meetings = [_meeting(ports, options.meeting)] if options.meeting else open_meetings(ports.store, now)
        if not meetings:
            print("There is no meeting to come. Make one with: dela plan 2027-03-04T12:10")
        for meeting in meetings:
            _print_meeting(ports, meeting, now)


def answer_for(options: argparse.Namespace) -> None:
    """`dela answer MEETING ADDRESS yes|no|standby|remove`: what they said on the telephone; they get a mail with it."""
    with forum() as ports:
        known = _invitation(ports, _meeting(ports, options.meeting), options.address)
        choice, now = Choice(options.answer), ports.clock.now()
        done = _tried(ports, known.name, lambda: answer(ports, known.id, choice, now, by="coordinator")).invitation
        word = state_word(done.state, "en")
        unchanged = done.steps == known.steps
        print(f"{done.name}: {word}{', as before: nothing was changed' if unchanged else '; they are told by mail'}")


def order(options: argparse.Namespace) -> None:
    """`dela order MEETING ADDRESS...`: in which order they speak."""
    with forum() as ports:
        meeting = _meeting(ports, options.meeting)
        people = [_person(ports, address) for address in options.address]
        _tried(ports, meeting.id, lambda: line_up.order(ports, meeting.id, people, ports.clock.now()))
        _print_meeting(ports, meeting, ports.clock.now())


def offer(options: argparse.Namespace) -> None:
    """`dela offer MEETING`: the first of those who stand by is asked whether they take the place that is free."""
    with forum() as ports:
        meeting = _meeting(ports, options.meeting)
        offered = _tried(ports, meeting.id, lambda: line_up.offer_place(ports, meeting.id, ports.clock.now()))
        print(f"{offered.name} is asked whether they take the place at {meeting.id}.")


def _print_meeting(ports: Ports, meeting: Meeting, now: datetime) -> None:
    settings, asked = ports.settings, invitations_to(ports.store, meeting.id)
    held = [place.person for place in held_places(ports.store, meeting.id)]
    print(
        f"{meeting.id} ({when(meeting.starts_at, settings.zone)}): {len(held)} of {settings.speakers_max} places taken"
    )
    if len(held) < settings.speakers_min and now < meeting.starts_at:
        print(f"  !! {counted(settings.speakers_min - len(held), 'speaker is', 'speakers are')} missing")
    if asked:
        standing = [each.person for each in standbys_among(asked)]
        ranked = sorted(asked, key=lambda each: _rank(each, held, standing))
        print(
            table([("  NAME", "WHERE IT STANDS", "SINCE", "TO DO"), *(_row(ports, meeting, e, held) for e in ranked)])
        )
    print()


def _rank(each: Invitation, held: list[str], standing: list[str]) -> tuple[int, int]:
    for group, people in enumerate((held, standing)):
        if each.person in people:
            return group, people.index(each.person)
    return 2, 0


def _row(ports: Ports, meeting: Meeting, each: Invitation, held: list[str]) -> tuple[str, ...]:
    place = f"{held.index(each.person) + 1}. " if each.person in held else "   "
    since = when(each.history[-1].at, ports.settings.zone)
    state = f"{state_word(each.state, 'en')}{', waiting' if each.state is InvitationState.ASKED else ''}"
    return f"  {place}{each.name}", state, since, _to_do(ports, meeting, each)


def _to_do(ports: Ports, meeting: Meeting, each: Invitation) -> str:
    zone = ports.settings.zone
    if each.awaited:
        call = f"call them{': ' + each.phone if each.phone else ''}" if each.stage >= 2 else ""
        expires = asking_times(each.asked_at, meeting.starts_at, ports.settings).expires_at
        until = f"expires {when(expires, zone)}" if each.state is InvitationState.ASKED else ""
        return "; ".join(filter(None, (call, until)))
    missing = {"what they share": each.title, "a telephone for the day": each.day_phone}
    lacks = [name for name, value in missing.items() if not value]
    return f"missing: {', '.join(lacks)}" if each.speaks and lacks else ""


def _wanted(ports: Ports, options: argparse.Namespace) -> Wanted:
    """What was typed. Raises Wrong with everything that is wrong with it."""
    problems = []
    for kind, name in ((Address, "address"), (Name, "name"), (Name, "organisation"), (Line, "phone"), (Line, "line")):
        try:
            setattr(options, name, TypeAdapter(kind).validate_python(getattr(options, name) or ""))
        except ValidationError:
            problems.append(f"{name}: please type it again ({getattr(options, name) or 'nothing was typed'})")
    if options.municipality not in ports.settings.municipalities:
        places = ", ".join(ports.settings.municipalities)
        problems.append(
            f"municipality: {options.municipality or 'nothing was typed'}; speakers have their business in "
            f"{ports.settings.region}: {places}"
        )
    if options.language and options.language not in LANGUAGES:
        problems.append(f"language: {options.language}; there are {', '.join(LANGUAGES)}")
    if problems:
        raise Wrong(*problems)
    return Wanted(
        email=options.address,
        name=options.name,
        organisation=options.organisation,
        municipality=options.municipality,
        language=options.language or ports.settings.language,
        phone=options.phone,
        line=options.line,
    )


def _tried(ports: Ports, what: str, act: Callable[[], T]) -> T:
    try:
        return act()
    except Closed as closed:
        raise Wrong(f"{what}: {_sentence(ports, closed)}") from None
    except Invalid as invalid:
        raise Wrong(f"{what}: {', '.join(invalid.fields)} can't be used") from None


def _sentence(ports: Ports, closed: Closed) -> str:
    known = closed.invitation
    if closed.code != "asked" or known is None:
        return SENTENCES.get(closed.code, closed.code)
    since = when(known.history[-1].at, ports.settings.zone)
    word = f"asked on {since}, waiting" if known.awaited else f"{state_word(known.state, 'en')} since {since}"
    again = f" To send it again: dela invite {known.meeting} ADDRESS --again" if known.awaited else ""
    return f"{known.name} was asked for {known.meeting} already: {word}.{again}"


def _meeting(ports: Ports, id: str) -> Meeting:
    try:
        return meeting_of(ports.store, id)
    except NotFound:
        raise Wrong(f"{id}: there is no such meeting; `dela status` lists them") from None


def _person(ports: Ports, address: str) -> str:
    return person_id(ports.settings.identity_key, address)


def _invitation(ports: Ports, meeting: Meeting, address: str) -> Invitation:
    found = ports.store.get(Invitation, invitation_id(meeting.id, _person(ports, address)))
    if found is None:
        raise Wrong(f"{address}: nobody with this address was asked for {meeting.id}; dela invite asks them")
    return found
