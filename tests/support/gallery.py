"""Every page in each of its states, and every mail, as a forum shows them in one language."""

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from werkzeug import Request
from werkzeug.test import Client

from dela.attending import links
from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.enter_room import enter_room
from dela.attending.leave import leave
from dela.demo.mailbox_folder import MailboxFolder
from dela.demo.pages import Demo
from dela.demo.pages import endpoint as demo_endpoint
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.web.answers import ERROR_CODES, error_answer
from dela.web.call import Call
from dela.web.links import Link
from dela.web.site import site_of
from tests.support.forum import FORM, START, Forum
from tests.support.shown import Shown
from tests.support.speakers_gallery import SpeakersGallery

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LONG_NAME = "Gun-Britt" + "fjällbergsvattendal" * 8


class Gallery:
    """Walks a forum through its year in one language and keeps what everyone saw."""

    def __init__(self, folder: Path, language: str) -> None:
        self.language = language
        self.forum = Forum(folder / language, language=language)
        self.pages: list[Shown] = []
        self._demo("demo: empty mailbox", "/demo/mailbox")
        self._show("sign-up: none", self._links.page(None))
        self._meetings()
        self._demo("demo: index", "/")
        self._demo("demo: clock error", "/demo/clock", data={"forward": "tomorrow"})
        self._sign_up()
        self._confirm()
        self._manage()
        self._errors()
        self._corrections()
        self._speakers()
        self._before_and_in_the_room()
        self._afterwards()
        self._demo("demo: index at the year's end", "/")
        self._demo("demo: mailbox", "/demo/mailbox")
        self._demo("demo: mail", f"/demo/mailbox/{MailboxFolder(self.forum.settings.outbox_folder).newest(1)[0].id}")
        self.mails = self._one_mail_each()
        self.forum.close()

    def _meetings(self) -> None:
        forum = self.forum
        self.meeting, self.roomless = forum.meeting(), forum.meeting(START + DAY, room=False)
        self.full, self.cancelled = forum.meeting(START + 2 * DAY, capacity=1), forum.meeting(START + 3 * DAY)
        self.moved, self.later = forum.meeting(START + 4 * DAY), forum.meeting(START + 91 * DAY)

    def _sign_up(self) -> None:
        page = self._links.page(self.meeting.id)
        wrong = {**FORM, "name": LONG_NAME, "email": "anna@", "organisation": "x" * 201, "municipality": "Oslo"}
        self._show("sign-up: open", page)
        self._show("sign-up: errors", page, "POST", data=wrong)
        self._show("sign-up: every error", page, "POST", data={"language": "tlh", "notify_next": "perhaps"})
        stamp = {"stamp": self._links.stamp(self.forum.now)}
        self._show("sign-up: too fast", page, "POST", data={**FORM, **stamp, "notify_next": "true"})
        self._show("sign-up: thanks", self._links.thanks(self.meeting.id, self.language))
        self.late = self._person(self.full, "late@example.org", confirmed=False)
        self._person(self.full, "first@example.org")
        self._show("sign-up: full", self._links.page(self.full.id))
        cancel_meeting(self.forum.ports, self.cancelled.id, self.forum.now)
        move_meeting(self.forum.ports, self.moved.id, START + 5 * DAY, self.forum.now)
        self._show("sign-up: cancelled", self._links.page(self.cancelled.id))
        self._show("sign-up: moved", self._links.page(self.moved.id))

    def _confirm(self) -> None:
        pending = self._person(self.meeting, "pending@example.org", confirmed=False)
        self._show("confirm: pending", self._to(links.CONFIRM, pending))
        long = self._person(self.meeting, "long@example.org", confirmed=False, name=LONG_NAME)
        self._show("confirm: long name", self._to(links.CONFIRM, long))
        self._show("confirm: full", self._to(links.CONFIRM, self.late))
        self._show("confirm: confirmed", self._to(links.CONFIRM, self._person(self.meeting)))
        self._show("confirm: confirmed for a moved one", self._to(links.CONFIRM, self._person(self.moved)))
        self.gone = self._person(self.meeting, "gone@example.org")
        leave(self.forum.ports, self.gone, self.forum.now)
        self._show("confirm: left", self._to(links.CONFIRM, self.gone))
        self.forum.sign_up(self.meeting, language=self.language)

    def _manage(self) -> None:
        id = self._person(self.meeting, "manages@example.org", name="Åsa Öberg", notify_next=True)
        here = self._to(links.MANAGE, id)
        pending = self._person(self.meeting, "waits@example.org", confirmed=False)
        self._show("manage: confirmed", here)
        self._show("manage: pending", self._to(links.MANAGE, pending))
        self._show("manage: saved", here, "POST", data={**FORM, "action": "change", "name": "Åsa Öberg"})
        self._show("manage: errors", here, "POST", data={"action": "change", "name": "", "municipality": "Oslo"})
        self._show("manage: mailed", here, "POST", data={"action": "export"})
        self._show("manage: left", self._to(links.MANAGE, self.gone))
        self._show("own data", self._to(links.OWN_DATA, id))
        self._show("unsubscribe: asks", self._to(links.UNSUBSCRIBE, id))
        self._show("unsubscribe: not registered", self._to(links.UNSUBSCRIBE, self.gone))
        self._show("done: left", here, "POST", data={"action": "leave"})
        self._show("done: erased", self._to(links.OWN_DATA, id), "POST", data={"action": "erase"})
        scanned = self._person(self.meeting, "scanned@example.org")
        self._show("done: unsubscribed", self._to(links.UNSUBSCRIBE, scanned), "POST")
        ask_for_own_data(self.forum.ports, self._person(self.moved), self.forum.now)
        self.forum.deliver()

    def _errors(self) -> None:
        self._show("error: no such page", self._links.at(links.CONFIRM, "cut-off"))
        call = Call(Request.from_values("/"), self.forum.ports, self._site, self.language, self.forum.now)
        for status in (*ERROR_CODES, 500):
            answer = error_answer(call, status)
            self.pages.append(Shown(f"error: {status}", status, dict(answer.headers), answer.get_data(as_text=True)))

    def _corrections(self) -> None:
        forum = self.forum
        doomed, other = forum.meeting(START + 10 * DAY), forum.meeting(START + 20 * DAY)
        self.sorry, waits = self._person(doomed), self._person(doomed, "late@example.org", confirmed=False)
        self._person(other)
        forum.deliver().later(minutes=1)
        move_meeting(forum.ports, other.id, START + 21 * DAY, forum.now)
        cancel_meeting(forum.ports, doomed.id, forum.now)
        forum.run()
        for link, id in ((links.CONFIRM, waits), (links.JOIN, self.sorry), (links.MANAGE, self.sorry)):
            self._show(f"{link.name}: cancelled", self._to(link, id))
        expired = self._to(links.CONFIRM, waits)
        forum.later(hours=49)
        self._show("confirm: expired", expired)

    def _speakers(self) -> None:
        gallery = SpeakersGallery(self.forum.folder / "speakers", self.language)
        self.pages += gallery.pages
        self._speakers_mails = gallery.mails

    def _before_and_in_the_room(self) -> None:
        forum, join = self.forum, self._to
        self.present, self.missed = self._person(self.meeting), self._person(self.meeting, "missed@example.org")
        self._show("join: before", join(links.JOIN, self.present))
        self._show("join: left", join(links.JOIN, self.gone))
        forum.travel(START - 40 * MINUTE)
        self._show("join: soon", join(links.JOIN, self.present))
        forum.travel(START - 10 * MINUTE)
        self._show("join: open", join(links.JOIN, self.present))
        enter_room(forum.ports, self.present, forum.now)
        self._show("join: pressed", join(links.JOIN, self.present))
        forum.travel(START + 5 * MINUTE)
        self._show("join: running", join(links.JOIN, self.missed))
        self._show("join: running and pressed", join(links.JOIN, self.present))
        self._show("sign-up: running", self._links.page(self.meeting.id))
        forum.travel(START + DAY - 10 * MINUTE)
        waits = self._person(self.roomless)
        self._show("join: waiting", join(links.JOIN, waits))

    def _afterwards(self) -> None:
        self._show("join: ended, present", self._to(links.JOIN, self.present))
        self._show("join: ended, missed", self._to(links.JOIN, self.missed))
        self._show("sign-up: ended", self._links.page(self.meeting.id))
        self._show("confirm: ended", self._to(links.CONFIRM, self.present))
        self._show("manage: ended", self._to(links.MANAGE, self.present))
        self.forum.travel(START + 92 * DAY)
        self._show("sign-up: ended, no next one", self._links.page(self.later.id))

    def _one_mail_each(self) -> dict[str, EmailMessage]:
        """The first mail of each subject's beginning: one of each reason, the three reminders apart."""
        mails = [mail for mail in self.forum.mails if str(mail["Content-Language"]) == self.language]
        mine = {str(mail["Subject"]).split(":")[0]: mail for mail in reversed(mails)}
        return {**self._speakers_mails, **mine}

    # Means

    @property
    def _site(self):
        return self.forum.ports.once(site_of)

    @property
    def _links(self):
        return self._site.links

    def _to(self, purpose: Link, id: str) -> str:
        return self._links.to(purpose, id, self.forum.now)

    def _person(self, meeting: Meeting, address: str = "anna@example.org", *, confirmed=True, **wishes) -> str:
        enter = self.forum.confirmed if confirmed else self.forum.sign_up
        id = enter(meeting, address, language=self.language, **wishes)
        self.forum.deliver()
        return id

    def _show(self, name: str, url: str, method: str = "GET", **arguments) -> None:
        separator = "&" if "?" in url else "?"
        answer = self.forum.open(f"{url}{separator}lang={self.language}", method, **arguments)
        self.pages.append(Shown(name, answer.status_code, dict(answer.headers), answer.get_data(as_text=True)))

    def _demo(self, name: str, path: str, **form) -> None:
        handle = demo_endpoint(Demo(MailboxFolder(self.forum.settings.outbox_folder), lambda moment: None))

        @Request.application
        def application(request):
            return handle(request, self.forum.ports)

        answer = Client(application).open(f"{path}?lang={self.language}", method="POST" if form else "GET", **form)
        self.pages.append(Shown(name, answer.status_code, dict(answer.headers), answer.get_data(as_text=True)))
