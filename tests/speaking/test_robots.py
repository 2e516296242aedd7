"""A button is no proof of a human: whatever a gateway presses, nobody's answer changes and nobody is mailed."""

import random
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest

from dela.meetings.run_meetings import move_meeting
from dela.speaking.invitation import Invitation
from dela.speaking.places import Place
from dela.store.contract import Query
from tests.support.forum import START, html_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
MAILED = {"invitation", "speaker_join", "speaker_address", "host"}


class Gateway:
    """Opens what it finds, follows every link of ours, and posts every form exactly as it is delivered."""

    def __init__(self, forum, seed: int) -> None:
        self.forum, self.random = forum, random.Random(seed)
        self.posted = 0

    def visits(self, urls: list[str]) -> None:
        waiting, seen = list(urls), set()
        while waiting:
            url = waiting.pop(self.random.randrange(len(waiting)))
            if url in seen or not self._ours(url):
                continue
            seen.add(url)
            self.forum.open(url, "HEAD")
            answer = self.forum.open(url)
            if answer.status_code == 200 and "html" in answer.headers["Content-Type"]:
                waiting += [unescape(each) for each in re.findall(r'href="(http[^"]+)"', answer.text)]
                self._presses(answer.text)

    def _presses(self, html: str) -> None:
        forms = FORM.findall(html)
        self.random.shuffle(forms)
        for action, inside in forms:
            buttons = re.findall(r"<button\b([^>]*)>", inside)
            for button in buttons:
                name, value = (re.search(rf' {each}="([^"]*)"', button) for each in ("name", "value"))
                pressed = {name[1]: unescape(value[1])} if name and value else {}
                self.forum.open(unescape(action), "POST", data={**delivered(inside), **pressed})
                self.posted += 1

    def _ours(self, url: str) -> bool:
        """Of the forum's functions; what attendees' links do is watched elsewhere."""
        parts = urlsplit(url)
        return url.startswith(self.forum.settings.base_url) and parts.path.startswith("/invitation/")


def delivered(form: str) -> dict[str, str]:
    """What a form sends as it stands: nothing is typed, ticked or chosen."""
    values: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, value, kind = (re.search(rf'{each}="([^"]*)"', tag) for each in ("name", "value", "type"))
        picked = not kind or kind[1] not in ("radio", "checkbox") or " checked" in tag
        if name and picked:
            values[name[1]] = unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea\b[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        values[name] = unescape(text)
    for name, options in re.findall(r'<select\b[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options)
        values[name] = unescape(chosen[1]) if chosen else ""
    return values


def mailed_links(forum) -> list[str]:
    found = [url for mail in (*forum.mails, *forum.to_dos) for url in re.findall(r'href="(http[^"]+)"', html_of(mail))]
    return list(dict.fromkeys(unescape(url) for url in found))


def answers(forum) -> list[tuple]:
    people = forum.ports.store.query(Invitation, Query(limit=500))
    places = forum.ports.store.query(Place, Query(limit=500))
    told = [(each.id, each.state, each.steps, each.title, each.consent, each.reason, each.chose) for each in people]
    return [*told, *((place.id, place.person, place.position) for place in places)]


def everybody(forum, meeting, later):
    """Invitations in every state, and all the mails that there are."""
    speaker = forum.speaker(meeting, 1)
    forum.speaker(meeting, 2, shares=False)
    forum.invited(meeting, 3)
    for number, choice in ((4, "no"), (5, "standby")):
        forum.answered(forum.invited(meeting, number), choice)
    forum.answered(forum.invited(meeting, 6), "other", other=later.id)
    forum.answered(forum.speaker(meeting, 7), "no")
    forum.answered(forum.speaker(meeting, 8), "remove", by="coordinator")
    forum.speaker(later, 9)
    forum.deliver().later(days=1)
    from dela.speaking.change import ask_for_address

    ask_for_address(forum.ports, speaker, "ny@example.org", forum.now)
    move_meeting(forum.ports, later.id, later.starts_at + DAY, forum.now)
    forum.run()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["early", "expired", "running", "over"])
def test_a_gateway_that_presses_everything_ten_times_in_any_order_answers_for_nobody(forum, meeting, later, moment):
    everybody(forum, meeting, later)
    when = {
        "early": forum.now,
        "expired": forum.now + 20 * DAY,
        "running": START + 5 * MINUTE,
        "over": START + 2 * DAY,
    }
    forum.travel(when[moment])
    links = mailed_links(forum)
    assert sum("/invitation/" in url for url in links) > 10
    before, mails = answers(forum), len(forum.mails) + len(forum.to_dos)
    gateway = Gateway(forum, seed=1)
    for _ in range(10):
        gateway.visits(links)
        forum.deliver()
    assert gateway.posted > 30
    assert answers(forum) == before
    assert len(forum.mails) + len(forum.to_dos) == mails


def test_only_a_choice_that_was_not_made_before_answers(forum, meeting):
    id = forum.invited(meeting)
    forum.deliver()
    url = next(url for url in mailed_links(forum) if "/invitation/" in url)
    assert forum.open(url, "POST", data={"action": "answer"}).status_code == 422
    assert forum.open(url, "POST", data={"action": "answer", "answer": "yes"}).status_code == 200
    assert forum.invitation(id).speaks


@pytest.mark.parametrize("action", ["", "delete", "answer", "share", "explain", "address"])
@pytest.mark.parametrize("answer", ["", "maybe", "remove", "yes "])
def test_what_no_form_of_ours_sends_is_refused_in_words(forum, meeting, action, answer):
    forum.invited(meeting)
    forum.deliver()
    url = next(url for url in mailed_links(forum) if "/invitation/" in url)
    shown = forum.open(url, "POST", data={"action": action, "answer": answer, "date": "x"})
    assert shown.status_code in (409, 422)
    assert "<h1>" in shown.text
