"""A forum's life in which every part of the program asks the store for what it needs."""

from dataclasses import replace
from datetime import timedelta

from dela.attending.own_data import erase, export
from dela.duties.run_duties import plan_mails
from dela.mailing import lease
from dela.mailing.deliver import deliver
from dela.mailing.ledger import AudiencePage
from dela.speaking.agenda import AgendaItem
from dela.store.contract import Query
from tests.support.forum import FORM, START, Forum, link

DAY = timedelta(days=1)


def a_year_with_everything(forum: Forum) -> None:
    meeting = forum.meeting(capacity=30)
    told = {"name": "Zacharias Speaker", "organisation": "Zebra & Sons", "subject": "Zinc"}
    forum.ports.store.create(AgendaItem(id="1", meeting=meeting.id, position=1, **told))
    forum.web("signup").post("/signup/", data=FORM)
    forum.web("signup").get("/signup/meetings.json")
    forum.deliver()
    forum.open(link(forum.last_mail, "/confirm/"), "POST")
    forum.deliver()
    joining = link(forum.last_mail, "/join/")
    the_ceiling_holds(forum)
    forum.crowd(meeting, 12)
    forum.travel(START - DAY - timedelta(minutes=20))
    a_page_is_taken_over(forum)
    forum.at(START + timedelta(minutes=1))
    forum.open(joining)
    forum.open(joining, "POST")
    someone = forum.crowd(forum.meeting(START + 30 * DAY), 1)[0]
    export(forum.ports, someone)
    erase(forum.ports, someone)
    forum.travel(START + 400 * DAY)


def the_ceiling_holds(forum: Forum) -> None:
    low = forum.settings.model_copy(update={"unproven_hour": 1, "unproven_day": 1})
    braked = replace(forum.ports, settings=low)
    forum.web("signup").post("/signup/", data={**FORM, "email": "above@example.org"})
    forum.ports.queue.run_due(lambda key: deliver(braked, key))


def a_page_is_taken_over(forum: Forum) -> None:
    plan_mails(forum.ports, forum.now)
    forum.at(START - DAY)
    page = next(page for page in forum.ports.store.query(AudiencePage, Query()) if page.due_at is not None)
    lease.take(forum.ports.store, AudiencePage, page.id, forum.now)
    forum.later(minutes=6)
    deliver(forum.ports, f"page:{page.id}")
