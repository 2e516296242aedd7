"""Every page of a speaker and of the host in each of its states, and every mail to speakers and coordinators."""

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.speaking.change import ask_for_address
from dela.speaking.line_up import offer_place
from dela.speaking.links import HOST, INVITATION, SPEAKER_ADDRESS, SPEAKER_JOIN
from dela.web.links import Link
from dela.web.site import site_of
from tests.support.forum import NOW, START, Forum
from tests.support.shown import Shown

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
EARLY = NOW - 60 * DAY


class SpeakersGallery:
    """Walks speakers through a year in one language and keeps what everyone saw."""

    def __init__(self, folder: Path, language: str) -> None:
        self.language = language
        self.forum = Forum(folder, warns=True, language=language)
        self.forum.at(EARLY)
        self.pages: list[Shown] = []
        self.meeting, self.later = self.forum.meeting(), self.forum.meeting(START + 91 * DAY)
        self.moves, self.ends = self.forum.meeting(START + 100 * DAY), self.forum.meeting(START + 110 * DAY)
        self._answers()
        self._changes()
        self._troubles()
        self._on_the_day()
        self.mails = self._one_mail_each()
        self.forum.close()

    def _answers(self) -> None:
        asked = self._invited(1, line="Birgitta berättade om er webbutik.", phone="070-555 01 01")
        self._act("invitation: asked", asked)
        self._act("invitation: no choice", asked, {"action": "answer"})
        self._act("invitation: no date", asked, {"action": "answer", "answer": "other"})
        self._act("invitation: answered yes", asked, {"action": "answer", "answer": "yes"})
        self._act("invitation: confirmed", asked)
        said = {"title": "Webbutiken som ingen hittade", "summary": "Kort.", "day_phone": "070-1", "consent": "true"}
        self._act("invitation: shared", asked, {"action": "share", **said})
        self._act("invitation: share errors", asked, {"action": "share", "title": "x" * 201, "summary": "y" * 601})
        self._act("invitation: address mailed", asked, {"action": "address", "email": "ny@example.org"})
        self._act("invitation: address error", asked, {"action": "address", "email": "ny@"})
        self._show("address: asks", SPEAKER_ADDRESS, f"{asked}.1")
        ask_for_address(self.forum.ports, asked, "nyare@example.org", self.forum.now)
        self._show("address: outdated", SPEAKER_ADDRESS, f"{asked}.1")
        self._show("address: done", SPEAKER_ADDRESS, f"{asked}.2", {})
        no = self._invited(2)
        self._act("invitation: answered no", no, {"action": "answer", "answer": "no"})
        told = {"action": "explain", "reason": "time", "remark": "Älgjakten", "suggests": "Per", "ask_again": "true"}
        self._act("invitation: explained", no, told)
        self._act("invitation: explain errors", no, {**told, "reason": "?", "remark": "x" * 201})

    def _changes(self) -> None:
        for number in (3, 4, 5):
            self.forum.speaker(self.meeting, number, language=self.language)
        fifth = self._invited(6)
        self._act("invitation: full", fifth, {"action": "answer", "answer": "yes"})
        self._act("invitation: answered standby", fifth, {"action": "answer", "answer": "standby"})
        self._act("invitation: standby", fifth)
        elsewhere = self._invited(7)
        self._act(
            "invitation: chose another", elsewhere, {"action": "answer", "answer": "other", "date": self.later.id}
        )
        self._act("invitation: elsewhere", elsewhere)
        gone = self.forum.speaker(self.later, 8, language=self.language)
        self.forum.answered(gone, "remove", by="coordinator")
        self._act("invitation: removed", gone)
        told = self._invited(9, self.later)
        self.forum.answered(told, "no", by="coordinator")
        self.forum.deliver()

    def _troubles(self) -> None:
        moved, stands = self.forum.speaker(self.moves, 10, language=self.language), self._invited(11, self.moves)
        self.forum.answered(stands, "standby")
        self.forum.later(minutes=5)
        offer_place(self.forum.ports, self.moves.id, self.forum.now)
        self.forum.deliver()
        self._act("invitation: offered", stands)
        ended = self.forum.speaker(self.ends, 12, language=self.language)
        expired = self._invited(13)
        self.forum.deliver().later(minutes=5)
        move_meeting(self.forum.ports, self.moves.id, START + 101 * DAY, self.forum.now)
        cancel_meeting(self.forum.ports, self.ends.id, self.forum.now)
        self.forum.deliver()
        self._act("invitation: asked again", moved)
        self._act("invitation: cancelled", ended)
        self._show("way in: cancelled", SPEAKER_JOIN, ended)
        self.forum.travel(EARLY + 16 * DAY)
        self._act("invitation: expired", expired)
        self._act("invitation: late yes", expired, {"action": "answer", "answer": "yes"})
        self._show("way in: not speaking", SPEAKER_JOIN, expired)

    def _on_the_day(self) -> None:
        host = self.meeting.id
        speaker = self.forum.speaker(self.later, 14, language=self.language)
        self._show("way in: before", SPEAKER_JOIN, speaker)
        self.forum.travel(START - DAY)
        self._show("host: before", HOST, host)
        first = next(each.id for each in self._speaking())
        self.forum.travel(START - 30 * MINUTE)
        self._show("way in: rehearsal", SPEAKER_JOIN, first)
        self.forum.travel(START - 10 * MINUTE)
        self._show("way in: open", SPEAKER_JOIN, first)
        self.forum.travel(START + 2 * MINUTE)
        self._show("host: welcome", HOST, host)
        self._show("host: pressed", HOST, host, {"action": "next", "section": "0"})
        self.forum.at(START + 19 * MINUTE)
        self._show("host: late", HOST, host)
        self._act("invitation: held", first)
        self._act("invitation: consent saved", first, {"action": "share", "consent": "true"})
        self.forum.travel(START + 60 * MINUTE)
        self._show("way in: ended", SPEAKER_JOIN, first)
        self._show("host: ended", HOST, host)
        self._keep("sign-up: ended, with what was shared", self._links.page(self.meeting.id))

    def _one_mail_each(self) -> dict[str, EmailMessage]:
        """The first mail of each subject's beginning."""
        mails = [*self.forum.mails, *self.forum.to_dos]
        return {f"speakers {str(mail['Subject'])[:24]}": mail for mail in reversed(mails)}

    # Means

    @property
    def _links(self):
        return self.forum.ports.once(site_of).links

    def _speaking(self):
        from dela.speaking.host import in_order

        return in_order(self.forum.ports.store, self.meeting.id)

    def _invited(self, number: int, meeting=None, **told) -> str:
        id = self.forum.invited(meeting or self.meeting, number, language=self.language, **told)
        self.forum.deliver()
        return id

    def _act(self, name: str, id: str, form: dict[str, str] | None = None) -> None:
        self._show(name, INVITATION, id, form)
        self.forum.deliver()

    def _show(self, name: str, link: Link, id: str, form: dict[str, str] | None = None) -> None:
        self._keep(name, self._links.to(link, id, self.forum.now), form)

    def _keep(self, name: str, url: str, form: dict[str, str] | None = None) -> None:
        how = {"method": "GET"} if form is None else {"method": "POST", "data": form}
        answer = self.forum.open(f"{url}?lang={self.language}", **how)
        while answer.status_code == 303:
            answer = self.forum.open(answer.headers["Location"])
        self.pages.append(Shown(name, answer.status_code, dict(answer.headers), answer.get_data(as_text=True)))
