"""A forum's life up to one moment, after which its store holds every kind of document in every state.

Everything comes about as it does in real life: by the use cases and pages, and by a mail server that refuses some
readers, puts off others, and takes its time.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.change_wishes import change_wishes
from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.leave import leave
from dela.attending.registration import Registration, Wishes
from dela.clock.seen import ClockSeen
from dela.duties.run_duties import plan_mails
from dela.errors import Refused, TemporaryFailure
from dela.mailing import lease
from dela.mailing.after_restore import settle
from dela.mailing.deliver import deliver
from dela.mailing.ledger import AudiencePage, Message, MessageState
from dela.mailing.letters import letters_of
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting, plan_meeting, set_room
from dela.operating.claim import claim
from dela.store.contract import Query
from dela.store.identity import person_id, registration_id
from dela.store.installation import Purpose
from dela.web.links import Links
from tests.support.forum import ROOM, Forum, link

KEYS = {
    "secret_keys": "golden-link-key-of-november,golden-link-key-of-august",
    "identity_key": "golden-identity-key",
    "made_for": "real",
}
RATE = 600
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SENT_OUT = 6
FIRST_READER = "later.reader16"
"""Somebody whose id comes early among those, and who is put off."""
"""So many of the next meeting's readers have their reminder when the story ends."""


def at(text: str) -> datetime:
    """A time in UTC, such as 2026-11-24T09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MADE_AT = at("2026-11-24T09:00")
HELD, LAST, NEXT = at("2026-09-03T10:10"), at("2026-10-15T10:10"), at("2026-12-01T08:30")
CANCELLED, MOVED, FULL, FAR = (
    at("2026-12-10T11:10"),
    at("2027-03-04T11:10"),
    at("2027-06-03T10:10"),
    at("2027-09-02T10:10"),
)

MARTA = {"name": "Märta Jonsdotter", "organisation": "Ströms Tunnbröd", "municipality": "Strömsund"}
ANNA_AS_TYPED, ANNA = "Anna.ANDERSSON@Example.org", "anna.andersson@example.org"
READERS = {
    ANNA: {"name": "Anna Andersson", "organisation": 'Annas "Bageri" & <Söner>', "notify_next": True},
    "åsa@fjällvägen.example": {"name": "Åsa Öberg", "municipality": "Härjedalen"},
    "hoa@example.org": {"name": "Đặng Thị Hòa 🐟", "language": "en", "municipality": "other"},
    "eric@example.org": {"name": "Eric O'Hara", "language": "en"},
    "d'arc+dela@xn--fjllvgen-2za8o.example": {"name": "Jeanne d’Arc"},
}


class Server:
    """The mail server: it takes mails `slowly`, refuses who is "refused", and puts off who is "later" while `busy`.

    While it is `away` it takes none.
    """

    def __init__(self, forum: Forum) -> None:
        self._outbox, self._clock = forum.ports.mail, forum.clock
        self.busy, self.away, self.slowly = False, False, timedelta(0)

    @contextmanager
    def session(self) -> Iterator["Server"]:
        yield self

    def carries_any_script(self) -> bool:
        return True

    def send(self, mail) -> None:
        if "refused" in mail.recipient:
            raise Refused("550 5.1.1 no such user")
        if self.away or ("later" in mail.recipient and self.busy):
            raise TemporaryFailure("451 4.3.0 please try again later")
        self._outbox.send(mail)
        self._clock.moment += self.slowly


class Story:
    """The forum, and what happens in it."""

    def __init__(self, forum: Forum) -> None:
        self.forum, self.server = forum, Server(forum)
        forum.ports = replace(forum.ports, mail=self.server)
        self._new_keys = forum.ports

    def tell(self) -> None:
        """All of it, up to MADE_AT."""
        self.summer_and_autumn()
        self.forum.at(at("2026-11-10T08:00"))
        self.forum.ports = self._new_keys
        self.plan_a_year()
        self.people_come()
        self.corrections()
        self.one_mail_each_way()
        self.the_last_hour()
        self.a_clock_that_jumped()
        self.forum.at(MADE_AT)

    # What happened before

    def summer_and_autumn(self) -> None:
        """A meeting whose people are erased, and one that was held a month ago; links bear the older key."""
        forum = self.forum.at(at("2026-08-20T08:00"))
        older = forum.settings.model_copy(update={"secret_keys": forum.settings.secret_keys[1:]})
        forum.ports.once(letters_of)._links = Links(older)
        claim(forum.ports.store, Purpose.REAL, forum.now)
        held, last = plan_meeting(forum.ports, HELD, forum.now), forum.meeting(LAST)
        set_room(forum.ports, held.id, ROOM)
        self.by_the_pages(held, "marta@example.org", {**MARTA, "notify_next": "yes"})
        self.arrives(held, "gone@example.org", {"name": "Gone by Retention"})
        forum.travel(HELD)
        forum.open(link(forum.mails_to("marta@example.org")[-1], "/join/"), "POST")
        forum.travel(HELD + 2 * HOUR).at(at("2026-10-01T08:00"))
        self.autumn(last)

    def autumn(self, last: Meeting) -> None:
        forum = self.forum
        self.by_the_pages(last, "marta@example.org", MARTA)
        self.arrives(last, ANNA_AS_TYPED, {"name": "Anna Andersson", "organisation": "Annas Bageri"})
        names = ("gone.later", "clicked", "later.reader", "refused.reader", "nils")
        gone, *_ = [self.arrives(last, f"{name}@example.org", {"name": f"{name.title()} Nygren"}) for name in names]
        forum.deliver().at(LAST - 7 * DAY - timedelta(minutes=5))
        self.paced(lambda: plan_mails(forum.ports, forum.now))
        self.server.busy = True
        forum.at(LAST - 7 * DAY)
        self.paced(forum.deliver)
        self.server.busy = False
        leave(forum.ports, gone, forum.now)
        self.one_click(forum.mails_to("clicked@example.org")[-1])
        forum.later(minutes=2).deliver()
        forum.at(LAST - DAY)
        plan_mails(forum.ports, forum.now)
        settle(forum.ports, forum.now)
        settle(forum.ports, forum.at(LAST - HOUR).now)
        forum.at(LAST - timedelta(minutes=5))
        forum.open(link(forum.mails_to("marta@example.org")[-1], "/join/"), "POST")
        forum.travel(LAST + 2 * HOUR)

    # What is to come

    def plan_a_year(self) -> None:
        forum = self.forum.run()
        self.next = forum.meeting(NEXT)
        coming = (plan_meeting(forum.ports, start, forum.now) for start in (CANCELLED, MOVED, FAR))
        self.cancelled, self.moved, self.far = coming
        self.full = plan_meeting(forum.ports, FULL, forum.now, 2)

    def people_come(self) -> None:
        """Sign-ups over two weeks; one who asks again and again, one who came back, one who changes everything."""
        forum = self.forum
        self.arrives(self.far, "often@example.org", {"name": "Often Asking"}, attempt=10, state="left")
        often = forum.at(at("2026-11-20T08:00")).sign_up(self.far, "often@example.org", name="Often Asking")
        confirm(forum.ports, often, forum.deliver().now)
        back = self.arrives(self.far, "back@example.org", {"name": "Back Again"})
        leave(forum.ports, back, forum.deliver().now)
        self.by_the_pages(self.far, "back@example.org", {"name": "Back Again"})
        changed = self.arrives(self.far, "changed@example.org", {"name": "Berit Before"})
        wishes = Wishes(
            name="Efter Ändring", organisation="Ny Firma", municipality="Åre", language="en", notify_next=True
        )
        change_wishes(forum.ports, changed, wishes)
        forum.later(days=1).sign_up(self.far, "often@example.org", name="Often Asking")
        for address, told in READERS.items():
            self.arrives(self.next, address, told)
        for name in ("refused.reader", FIRST_READER, *(f"reader{number}" for number in range(1, 7))):
            self.arrives(self.next, f"{name}@example.org", {"name": name.title()})
        for meeting, name in ((self.cancelled, "cancelled"), (self.moved, "moved")):
            for kind in ("reader", "refused", "later", "gone.later"):
                self.arrives(meeting, f"{kind}.{name}@example.org", {"name": f"{kind} {name}".title()})
        forum.at(at("2026-11-22T08:00")).run()
        forum.sign_up(self.far, "expired@example.org", name="Expired Unconfirmed")
        forum.deliver().at(at("2026-11-23T08:00"))
        waiting = [forum.sign_up(self.full, f"seat{number}@example.org", name=f"Seat {number}") for number in range(4)]
        for id in waiting[:2]:
            confirm(forum.ports, id, forum.now)
        confirm_for_next(forum.ports, waiting[3], forum.now)
        forum.deliver()

    def corrections(self) -> None:
        """One meeting is cancelled and one moved; of each, a reader of theirs leaves before the server is well."""
        forum, self.server.busy = self.forum, True
        for meeting, name in ((self.cancelled, "cancelled"), (self.moved, "moved")):
            forum.later(hours=1)
            if name == "moved":
                move_meeting(forum.ports, meeting.id, MOVED + 7 * DAY, forum.now)
            else:
                cancel_meeting(forum.ports, meeting.id, forum.now)
            forum.deliver()
            leave(forum.ports, self.id(meeting, f"gone.later.{name}@example.org"), forum.now)
            forum.later(minutes=2).deliver()

    def one_mail_each_way(self) -> None:
        """Mails to one person that fail or are no longer true, and people who are left with one that waits."""
        forum, far = self.forum.at(at("2026-11-23T12:00")), self.far
        refused = forum.sign_up(far, "refused@example.org", name="Rut Refused")
        confirm(forum.ports, refused, forum.deliver().now)
        undecided = forum.confirmed(far, "undecided@example.org", name="Ulla Undecided")
        forum.deliver().later(minutes=11).sign_up(far, "refused@example.org")
        ask_for_own_data(forum.ports, refused, forum.now)
        leave(forum.ports, refused, forum.deliver().now)
        forum.deliver()
        dropped = forum.confirmed(far, "dropped@example.org", name="Disa Dropped")
        forum.later(minutes=11).sign_up(far, "dropped@example.org")
        ask_for_own_data(forum.ports, dropped, forum.now)
        leave(forum.ports, dropped, forum.now)
        leave(forum.ports, undecided, forum.now)
        forum.sign_up(far, "undecided@example.org", name="Ulla Undecided")
        forum.later(hours=2).deliver()
        for name in ("confirmed", "already", "left", "own_data"):
            forum.sign_up(far, f"planned.{name}@example.org", name=f"Planned {name}")
            if name != "confirmed":
                confirm(forum.ports, self.id(far, f"planned.{name}@example.org"), forum.now)
        for name in ("pending", "later.confirm"):
            forum.sign_up(far, f"{name}@example.org", name=f"{name.title()} Pettersson", language="en")
        forum.deliver()

    # And what is going on

    def the_last_hour(self) -> None:
        """A page half sent, whose holder has died; one that waits for the server; mails, and wake-ups that failed."""
        forum, far = self.forum.at(NEXT - 7 * DAY), self.far
        plan_mails(forum.ports, forum.now)
        page = self.open_page()
        self.server.slowly = timedelta(seconds=20) / SENT_OUT
        deliver(forum.ports, f"page:{page.id}")
        self.server.slowly = timedelta(0)
        forum.at(at("2026-11-24T08:50"))
        anna = self.id(self.next, ANNA)
        ask_for_own_data(forum.ports, anna, forum.now)
        deliver(forum.ports, f"message:{self.planned('own_data', anna).id}")
        forum.sign_up(far, "planned.confirm@example.org", name="Planned confirm", language="en")
        forum.sign_up(far, "planned.already@example.org")
        waiting = {name: self.id(far, f"planned.{name}@example.org") for name in ("confirmed", "left", "own_data")}
        confirm(forum.ports, waiting["confirmed"], forum.now)
        leave(forum.ports, waiting["left"], forum.now)
        ask_for_own_data(forum.ports, waiting["own_data"], forum.now)
        forum.at(at("2026-11-24T08:58"))
        assert lease.take(forum.ports.store, AudiencePage, page.id, forum.now)
        held = self.planned("confirmed", waiting["confirmed"])
        assert lease.take(forum.ports.store, Message, held.id, forum.now)
        self.server.away = True
        move_meeting(forum.ports, far.id, FAR + 7 * DAY, forum.now)
        deliver(forum.ports, f"page:moved.1.{far.id}.0")
        with suppress(_Dead):
            forum.ports.queue.run_due(_fail_and_die)

    def a_clock_that_jumped(self) -> None:
        """Put forward two hours ago, and watched since then."""
        seen = ClockSeen.trusted(MADE_AT - 5 * HOUR)
        for ago in (2 * HOUR, HOUR + HOUR / 2, HOUR):
            seen = seen.looked(MADE_AT - ago)
        self.forum.ports.store.create(seen)

    # How

    def by_the_pages(self, meeting: Meeting, address: str, told: dict[str, Any]) -> None:
        forum = self.forum
        fields = {"municipality": "Åre", "language": "sv", "email": address, **told}
        answer = forum.web("signup").post(f"/signup/{meeting.id}", data=fields)
        assert answer.status_code == 303, answer.text
        forum.deliver()
        forum.open(link(forum.mails_to(address)[-1], "/confirm/"), "POST")
        forum.deliver()

    def arrives(self, meeting: Meeting, address: str, told: dict[str, Any], **more: Any) -> str:
        """Somebody who is registered already, as the demo's people are: without any mail."""
        id, now = self.id(meeting, address), self.forum.now
        known = {"municipality": "Åre", "language": "sv", "state": "confirmed", "attempt": 1, **told, **more}
        person = {"meeting": meeting.id, "person": id.partition(".")[2], "email": address}
        registration = Registration(id=id, signed_up_at=now, confirmed_at=now, **person, **known)
        self.forum.ports.store.create(registration)
        return id

    def one_click(self, mail) -> None:
        url = mail["List-Unsubscribe"].strip("<>")
        assert self.forum.open(url, "POST", data={"List-Unsubscribe": "One-Click"}).status_code == 200

    def paced(self, work) -> None:
        """Do something while the mail server sets a pace."""
        forum, unpaced = self.forum, self.forum.ports
        forum.ports = replace(unpaced, settings=unpaced.settings.model_copy(update={"mail_rate": RATE}))
        work()
        forum.ports = unpaced

    def id(self, meeting: Meeting, address: str) -> str:
        return registration_id(meeting.id, person_id(KEYS["identity_key"], address))

    def planned(self, reason: str, registration: str) -> Message:
        messages = self.forum.ports.store.query(Message, Query(equal={"state": MessageState.PLANNED}, limit=500))
        return next(
            each for each in messages if each.reason == reason and f"{each.meeting}.{each.person}" == registration
        )

    def open_page(self) -> AudiencePage:
        (page,) = self.forum.ports.store.query(AudiencePage, Query(range_field="due_at", at_least=""))
        return page


class _Dead(BaseException):
    """A worker that ends in the middle of its work."""


def _fail_and_die(key: str) -> None:
    """Fail at a mail to one person, and be killed at a page."""
    raise _Dead if key.startswith("page:") else TemporaryFailure("the server is away")
