"""Signing up by form: thanks for everybody, and what is wrong comes back filled in and named."""

from dataclasses import replace
from datetime import timedelta
from unicodedata import normalize

import pytest

from dela.attending.registration import Registration
from dela.attending.web.machine_refusal import FASTEST_HUMAN
from dela.mail.smtp import Smtp
from dela.mailing.ledger import Message
from dela.store.contract import Query
from dela.store.identity import person_id
from dela.web.client_limit import SIGN_UPS_PER_WINDOW
from dela.web.language import error_sentence
from tests.support.forum import FORM, Forum, link
from tests.support.smtp_server import SmtpServer
from tests.support.visits import form_values, personal, said, text_of_page

EMPTY = {"name": ""}


def post(forum, fields, path="/signup", **more):
    return forum.web("signup").post(path, data=fields, **more)


def registered(forum):
    return forum.ports.store.count(Registration, Query())


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("named", [True, False])
def test_a_sign_up_leads_to_thanks_and_a_mail_in_the_language_chosen(forum, language, named):
    meeting = forum.meeting()
    path = f"/signup/{meeting.id}" if named else "/signup"
    answer = post(forum, {**FORM, "language": language}, path)
    assert answer.status_code == 303
    thanks = forum.open(answer.headers["Location"])
    assert said("Thank you! Now look in your inbox", language) in text_of_page(thanks.text)
    forum.deliver()
    assert forum.last_mail["Content-Language"] == language
    assert "/signup/confirm/" in link(forum.last_mail, "/confirm/")


def test_without_a_language_the_pages_is_taken(forum):
    forum.meeting()
    fields = {name: value for name, value in FORM.items() if name != "language"}
    post(forum, fields, "/signup?lang=en")
    assert forum.ports.store.query(Registration, Query())[0].language == "en"


def test_a_form_as_multipart_is_as_good(forum):
    forum.meeting()
    assert post(forum, FORM, content_type="multipart/form-data").status_code == 303
    assert registered(forum) == 1


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "missing"),
        ("name", "x" * 201, "too_long"),
        ("name", "a\x07b", "characters"),
        ("name", "\u200b\u202e", "missing"),
        ("email", "", "missing"),
        ("email", "anna(at)example.org", "address"),
        ("email", "anna@", "address"),
        ("email", "anna ek@example.org", "address_blank"),
        ("organisation", "x" * 201, "too_long"),
        ("municipality", "", "missing"),
        ("municipality", "Stockholm", "municipality"),
        ("language", "de", "choice"),
        ("notify_next", "perhaps", "choice"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(forum, field, value, code, language):
    forum.meeting()
    typed = {**FORM, "notify_next": "true", field: value}
    answer = post(forum, typed, f"/signup?lang={language}")
    assert answer.status_code == 422
    assert error_sentence(code, language, field) in text_of_page(answer.text)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert 'role="alert"' in answer.text
    kept = form_values(answer.text)
    for name in ("name", "email", "organisation", "municipality"):
        if name != field or name != "municipality":
            assert kept[name] == typed[name], name
    assert "notify_next" in kept
    assert registered(forum) == 0


@pytest.mark.parametrize("no", ["false", "0", "off", "No", ""])
def test_a_no_stays_a_no_although_the_form_comes_back(forum, no):
    """A form of the region's own website may say it in words; consent is never given by a mistake elsewhere."""
    forum.meeting()
    back = post(forum, {**FORM, "notify_next": no, "email": ""})
    assert "notify_next" not in form_values(back.text)
    post(forum, {**FORM, "notify_next": no})
    assert forum.ports.store.query(Registration, Query())[0].notify_next is False


def test_everything_that_is_wrong_is_said_at_once(forum):
    forum.meeting()
    answer = post(forum, {"name": "", "email": "x", "municipality": ""})
    assert [name for name in FORM if f'id="{name}-error"' in answer.text] == ["name", "email", "municipality"]


HUMAN = [
    "Åsa Öberg",
    "Nguyễn Thị Hồng",
    "O'Neill-Sjöström",
    '<b>Bold</b> & "quoted"',
    "محمد بن سلمان",
    "林美玲",
    "👩🏽‍🌾 Karin",
    "X Æ A-12",
    "J",
    "ⴰⵎⴰⵣⵉⵖ",
    "\U0001fae9 new",
    "\ue000 rare",
    "👨‍👩‍👧‍👦 Ek",
    "🏳️‍🌈 Kim",
    "علی‌رضا",
    "മോഹന്‍",
    "Ọ̀ṣun M̄",
]


@pytest.mark.parametrize("name", HUMAN)
def test_names_may_be_anything_human_and_are_escaped_on_pages(forum, name):
    meeting = forum.meeting()
    assert post(forum, {**FORM, "name": name}).status_code == 303
    registration = forum.ports.store.query(Registration, Query())[0]
    assert registration.name == name
    shown = forum.open(personal(forum, "confirm", registration.id)).text
    assert "<b>" not in shown
    back = post(forum, {**FORM, "name": name, "email": ""}, f"/signup/{meeting.id}")
    assert form_values(back.text)["name"] == name


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" anna@example.org ", "anna@example.org"),
        ("Anna@EXAMPLE.org", "Anna@example.org"),
        ("anna@åre.example.org", "anna@xn--re-xia.example.org"),
        ("anna@xn--re-xia.example.org", "anna@xn--re-xia.example.org"),
        ("åsa@example.org", "åsa@example.org"),
        ("a\u030asa@example.org", "åsa@example.org"),
        ("anna@a\u030are.example.org", "anna@xn--re-xia.example.org"),
        ("\ufeffanna\u200b @example.org\u00a0", "anna@example.org"),
        ("Anna Andersson <mailto:anna@example.org>", "anna@example.org"),
    ],
)
def test_addresses_are_normalised(forum, typed, stored):
    forum.meeting()
    assert post(forum, {**FORM, "email": typed}).status_code == 303
    assert forum.ports.store.query(Registration, Query())[0].email == stored


def test_one_address_however_it_is_written_is_one_person(forum):
    forum.meeting()
    for spelling in (
        "anna@åre.example.org",
        "ANNA@Åre.example.org",
        " anna@xn--re-xia.example.org",
        "Anna@ÅRE.EXAMPLE.ORG",
    ):
        assert post(forum, {**FORM, "email": spelling}).status_code == 303
    assert registered(forum) == 1


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("registered_already", [True, False])
def test_an_address_that_our_mail_server_cannot_carry_is_known_before_thanks(tmp_path, language, registered_already):
    with SmtpServer(smtputf8=True) as server:
        forum = Forum(tmp_path, mail=server.url())
        meeting = forum.meeting()
        if registered_already:
            forum.confirmed(meeting, "åsa@example.org")
        forum.ports = replace(forum.ports, mail=Smtp(server.place()))
        server.smtputf8 = False
        before = registered(forum)
        answer = post(forum, {**FORM, "email": "åsa@example.org"}, f"/signup?lang={language}")
        assert answer.status_code == 422
        assert error_sentence("address_unreachable", language) in text_of_page(answer.text)
        assert form_values(answer.text)["email"] == "åsa@example.org"
        as_json = forum.web("signup").post("/signup", json={**FORM, "email": "åsa@example.org"})
        assert [each["code"] for each in as_json.json["errors"]] == ["address_unreachable"]
        assert registered(forum) == before
        assert post(forum, {**FORM, "email": "anna@åre.example.org"}).status_code == 303, "which has an ASCII form"
        forum.close()


def test_a_mail_server_that_is_away_refuses_nobody(tmp_path):
    forum = Forum(tmp_path, mail="smtp://localhost:1?tls=off")
    forum.meeting()
    assert post(forum, {**FORM, "email": "åsa@example.org"}).status_code == 303
    assert registered(forum) == 1
    forum.close()


def test_letters_are_the_same_however_a_keyboard_composes_them(forum):
    """A Mac sends decomposed letters at times: one person, one name, one place."""
    forum.meeting()
    form = {**FORM, "name": "Åsa Öberg", "email": "åsa@example.org", "organisation": "Åsas Kök"}
    for kind in ("NFD", "NFC"):
        assert post(forum, {name: normalize(kind, value) for name, value in form.items()}).status_code == 303
    [registration] = forum.ports.store.query(Registration, Query())
    assert registration.person == person_id(forum.settings.identity_key, "åsa@example.org")
    assert {name: getattr(registration, name) for name in form} == form


def test_a_place_that_the_settings_spell_in_decomposed_letters_can_be_chosen_and_is_counted_as_they_spell_it(tmp_path):
    place = normalize("NFD", "Åre")
    forum = Forum(tmp_path, municipalities=(place,))
    forum.meeting()
    for number, sent in enumerate((place, "Åre")):
        assert post(forum, {**FORM, "email": f"anna{number}@example.org", "municipality": sent}).status_code == 303
    assert {each.municipality for each in forum.ports.store.query(Registration, Query())} == {place}
    forum.close()


def test_a_name_that_turns_the_text_around_it_is_straightened(forum):
    forum.meeting()
    assert post(forum, {**FORM, "name": "Anna \u202egpj.exe", "organisation": "\u2066X\u2069\u200b"}).status_code == 303
    [registration] = forum.ports.store.query(Registration, Query())
    assert (registration.name, registration.organisation) == ("Anna gpj.exe", "X")


def test_a_form_sent_too_fast_comes_back_filled_in_and_one_more_press_is_enough(forum):
    forum.meeting()
    shown = form_values(forum.web("signup").get("/signup").text)
    back = post(forum, {**shown, **FORM})
    assert back.status_code == 422
    kept = form_values(back.text)
    assert {name: kept[name] for name in FORM} == FORM
    assert kept["stamp"]
    assert "Nothing is lost" in post(forum, {**shown, **FORM}, "/signup?lang=en").text
    forum.later(seconds=FASTEST_HUMAN.total_seconds())
    assert post(forum, kept).status_code == 303
    assert registered(forum) == 1


@pytest.mark.parametrize("stamp", ["", "forged", "x.y.z", "\N{SNOWMAN}", "a" * 5000])
def test_a_forged_stamp_comes_back_with_a_fresh_one(forum, stamp):
    forum.meeting()
    back = post(forum, {**FORM, "stamp": stamp})
    assert back.status_code == 422
    kept = form_values(back.text)
    assert registered(forum) == 0
    forum.later(seconds=5)
    assert post(forum, kept).status_code == 303


def test_a_page_that_was_open_for_days_comes_back_filled_in_with_a_fresh_stamp(forum):
    forum.meeting()
    stamp = form_values(forum.web("signup").get("/signup").text)["stamp"]
    forum.later(hours=23)
    assert post(forum, {**FORM, "email": "other@example.org", "stamp": stamp}).status_code == 303
    forum.later(hours=2)
    back = post(forum, {**FORM, "stamp": stamp})
    assert back.status_code == 422
    forum.later(seconds=5)
    assert post(forum, form_values(back.text)).status_code == 303


def test_a_stamp_of_another_purpose_is_none(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting, "other@example.org")
    token = personal(forum, "confirm", id).rpartition("/")[2]
    forum.later(seconds=5)
    assert post(forum, {**FORM, "stamp": token}).status_code == 422


def test_without_a_stamp_the_fill_time_is_not_checked(forum):
    """A form on the region's own website carries none (docs/rules.md)."""
    forum.meeting()
    assert post(forum, FORM).status_code == 303


def test_a_machine_that_fills_in_everything_gets_nowhere_and_a_persons_program_that_did_loses_nothing(forum):
    forum.meeting()
    for _ in range(3):
        back = post(forum, {**FORM, "website": "https://spam.example"})
        assert back.status_code == 422
        assert "spam.example" not in back.text
    forum.deliver()
    assert (registered(forum), forum.mails) == (0, [])
    forum.later(seconds=5)
    assert post(forum, form_values(back.text)).status_code == 303
    assert registered(forum) == 1


def test_a_hundred_sign_ups_of_one_client_within_ten_minutes_pass(forum):
    """A room that scans one QR code, a village behind one carrier's address."""
    forum.meeting()
    for number in range(100):
        assert post(forum, {**FORM, "email": f"person{number}@example.org"}).status_code == 303
        forum.later(seconds=5)
    assert registered(forum) == 100
    forum.deliver()
    assert len(forum.mails) == 100


def test_only_a_machines_rate_is_429_with_what_was_typed_and_when_to_return(forum):
    forum.meeting()
    for _ in range(SIGN_UPS_PER_WINDOW):
        assert post(forum, {**FORM, "email": ""}).status_code == 422
    refused = post(forum, FORM)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    kept = form_values(refused.text)
    assert {name: kept[name] for name in FORM} == FORM
    as_json = forum.web("signup").post("/signup", json=FORM)
    assert (as_json.status_code, as_json.mimetype) == (429, "application/problem+json")
    assert as_json.headers["Retry-After"] == refused.headers["Retry-After"]
    assert post(forum, FORM, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 303, "others go on"
    forum.later(seconds=int(refused.headers["Retry-After"]))
    assert post(forum, FORM).status_code == 303


def test_the_client_is_the_entry_that_the_proxies_count_from_the_right(tmp_path):
    forum = Forum(tmp_path, proxies=1)
    forum.meeting()
    for _ in range(SIGN_UPS_PER_WINDOW):
        post(forum, EMPTY, headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.1"})
    assert post(forum, EMPTY, headers={"X-Forwarded-For": "9.9.9.9, 198.51.100.1"}).status_code == 429
    assert post(forum, EMPTY, headers={"X-Forwarded-For": "198.51.100.1, 198.51.100.2"}).status_code == 422
    assert post(forum, EMPTY).status_code == 422
    forum.close()


def test_the_limit_for_an_address_is_silent(forum):
    forum.meeting()
    for _ in range(20):
        assert post(forum, FORM).status_code == 303
        forum.later(minutes=1)
    forum.deliver()
    assert len(forum.mails) <= 5
    assert forum.ports.store.count(Message, Query()) <= 5


def test_a_wrong_field_of_a_meeting_that_has_closed_meanwhile_says_that_it_has(forum):
    meeting = forum.meeting()
    forum.at(meeting.starts_at + timedelta(hours=1))
    back = post(forum, {**FORM, "email": ""}, f"/signup/{meeting.id}?lang=en")
    assert back.status_code == 409
    assert "This meeting has been held" in back.text
    assert "<form" not in back.text
