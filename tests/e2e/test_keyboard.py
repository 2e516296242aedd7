"""With the keyboard alone and without JavaScript: from the public page into the room, and out again."""

from datetime import timedelta

import pytest

from dela.attending import links
from dela.attending.web import join
from dela.meetings.run_meetings import set_room
from dela.store.identity import person_id, registration_id
from dela.web.headers import page_headers
from dela.web.site import site_of
from tests.support.browser import PHONE, Hands
from tests.support.forum import START, link
from tests.support.local_web import forum_on_the_web, room_on_the_web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def forum(tmp_path):
    with forum_on_the_web(tmp_path) as forum:
        yield forum


@pytest.fixture
def hands(browser):
    context = browser.new_context(java_script_enabled=False, ignore_https_errors=True, viewport=PHONE, locale="sv-SE")
    yield Hands(context.new_page())
    context.close()


def link_to(forum, purpose, id):
    return forum.ports.once(site_of).links.to(purpose, id, forum.now)


def test_signing_up_takes_a_few_keys_and_a_mistake_costs_two_more(forum, hands):
    meeting = forum.meeting()
    hands.open(f"{forum.settings.base_url}/signup")
    hands.tab_to("name").type("Åsa Öberg")
    hands.tab().at("email").type("asa@")
    hands.tab().at("organisation").type("Öbergs Stugor")
    hands.tab().at("municipality").press("ArrowDown", times=7)
    hands.tab().at("language")
    hands.tab().at("notify_next").press("Space")
    hands.tab().at_button("Anmäl mig")
    forum.later(seconds=20)
    hands.send("Enter")

    assert hands.focused == "problems", "the summary is where one is after a mistake"
    assert hands.page.title().startswith("Titta en gång till: ")
    hands.tab().at_link("Din e-postadress").press("Enter")
    assert hands.focused == "email"
    hands.press("Control+a").type("asa@example.org")
    forum.later(seconds=20)
    hands.send("Enter")

    assert hands.heading == "Tack! Titta nu i inkorgen"
    forum.deliver()
    hands.open(link(forum.last_mail, "/confirm/"))
    hands.tab_to_button("Bekräfta min plats").send("Enter")
    assert hands.heading == "Välkommen, Åsa Öberg! Platsen är din"
    forum.deliver()
    person = person_id(forum.settings.identity_key, "asa@example.org")
    registration = forum.registration(registration_id(meeting.id, person))
    assert registration is not None
    assert (registration.municipality, registration.notify_next) == ("Åre", True)


def test_changing_and_leaving_by_the_mailed_link(forum, hands):
    id = forum.confirmed(forum.meeting())
    hands.open(link_to(forum, links.MANAGE, id))
    hands.tab_to("name").press("Control+a").type("Anna Berg")
    hands.tab_to_button("Spara").send("Space")
    assert "Sparat. Tack." in hands.page.inner_text("main")
    assert forum.registration(id).name == "Anna Berg"
    hands.tab_to_button("Avanmäl mig").send("Space")
    assert hands.heading == "Du är avanmäld från mötet"
    assert not forum.registration(id).confirmed


def test_the_press_on_join_leads_into_the_room_on_another_origin(forum, hands, tmp_path):
    with room_on_the_web(tmp_path) as room:
        id = ready_to_join(forum, room)
        hands.open(link_to(forum, links.JOIN, id))
        hands.tab_to_button("In i mötet").send("Enter")
        assert hands.heading == "You are in the room"
        assert hands.page.url == room
    assert forum.registration(id).present_at == forum.now

    hands.open(link_to(forum, links.JOIN, id))
    assert room in hands.page.inner_text("main"), "whoever has pressed finds the link, in case the app did not open"


def test_with_form_action_self_alone_the_browser_would_stay_behind(forum, hands, tmp_path, monkeypatch):
    """Why join's policy lets https: in as well (w3c/webappsec-csp#8); fails once browsers have changed their mind."""
    monkeypatch.setattr(join, "page_headers", lambda site, language, targets: page_headers(site, language))
    with room_on_the_web(tmp_path) as room:
        id = ready_to_join(forum, room)
        hands.open(link_to(forum, links.JOIN, id))
        with hands.page.expect_console_message(lambda message: "form-action" in message.text):
            hands.tab_to_button("In i mötet").press("Enter")
        assert hands.page.url.startswith(forum.settings.base_url)


def ready_to_join(forum, room):
    meeting = forum.meeting()
    set_room(forum.ports, meeting.id, room)
    id = forum.confirmed(meeting)
    forum.at(START - timedelta(minutes=5))
    return id
