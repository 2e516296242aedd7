"""A speaker with the keyboard alone and without JavaScript: from the mail to an answer, and to another one."""

from datetime import timedelta

import pytest

from dela.speaking.invitation import InvitationState
from dela.speaking.links import SPEAKER_JOIN
from dela.web.site import site_of
from tests.support.browser import PHONE, Hands
from tests.support.forum import NOW, START, link
from tests.support.local_web import forum_on_the_web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def forum(tmp_path):
    with forum_on_the_web(tmp_path) as forum:
        yield forum.at(NOW - timedelta(days=40))


@pytest.fixture
def hands(browser):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en-GB")
    yield Hands(context.new_page())
    context.close()


def invited(forum):
    meeting, later = forum.meeting(), forum.meeting(START + timedelta(days=90))
    id = forum.invited(meeting, language="en")
    forum.deliver()
    return id, later, link(forum.last_mail, "/invitation/")


def test_yes_takes_a_choice_and_a_press_and_what_they_share_is_one_form(forum, hands):
    id, _, url = invited(forum)
    hands.open(url)
    hands.tab_to("answer").press("Space")
    hands.tab_to_button("Send my answer").send("Enter")
    assert hands.heading == "Thank you, Tyra-Talare-1x! You share something"
    hands.tab_to("title").type("Bread")
    hands.tab().at("summary").type("It burnt.")
    hands.tab().at("day_phone").type("070-1")
    hands.tab().at("consent").press("Space")
    hands.tab().at_button("Save").send("Enter")
    kept = forum.invitation(id)
    assert (kept.title, kept.summary, kept.day_phone, kept.consent) == ("Bread", "It burnt.", "070-1", True)


def test_the_dates_appear_with_their_choice_and_a_missing_one_is_where_the_focus_is_led(forum, hands):
    id, later, url = invited(forum)
    hands.open(url)
    assert not hands.page.is_visible("#date"), "three choices of one size, and nothing else"
    sizes = [hands.page.locator(".choice").nth(number).bounding_box() for number in range(3)]
    assert len({(box["width"], box["height"]) for box in sizes}) == 1
    assert round(sizes[1]["y"] - sizes[0]["y"]) == round(sizes[2]["y"] - sizes[1]["y"])
    hands.tab_to("answer").press("ArrowDown", times=2)
    assert hands.page.is_visible("#date")
    hands.tab().at("date").tab().at_button("Send my answer").send("Enter")
    assert hands.focused == "problems"
    hands.tab().at_link("Which date?").press("Enter")
    hands.press("ArrowDown").tab().at_button("Send my answer").send("Enter")
    assert forum.invitation(id).state is InvitationState.ELSEWHERE
    assert forum.invitation(id).chose == later.id
    assert hands.heading == "Thank you, Tyra-Talare-1x! You share something"


def test_a_changed_mind_and_the_way_in(forum, hands):
    id, _, url = invited(forum)
    forum.answered(id, "yes")
    forum.at(START - timedelta(minutes=30))
    hands.open(f"{forum.ports.once(site_of).links.to(SPEAKER_JOIN, id, forum.now)}?lang=en")
    hands.tab_to_button("Into the meeting")
    hands.open(url)
    hands.tab_to("answer").press("ArrowDown")
    hands.tab_to_button("Send my answer").send("Enter")
    assert forum.invitation(id).state is InvitationState.WITHDRAWN
    assert hands.heading == "Thank you for telling us"
