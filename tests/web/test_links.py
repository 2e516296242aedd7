"""Signed links: one purpose each, an age each, rotated keys, and nothing else gets in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dela.attending import links as mailed
from dela.attending.links import LINKS
from dela.errors import Expired, NotFound
from dela.settings import Settings
from dela.store.identity import client_id, person_id
from dela.web.links import LONG, STAMP, STAMP_AGE, Link, Links, Sees

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ID = "2026-1.abcdefghijklmnopqrstuvwxyz"
STAMP_LINK = Link(purpose=STAMP, path="/{token}", age=STAMP_AGE, shows=Sees.NOBODY)
"""A stamp as a link would open it."""
EVERY = (*LINKS, STAMP_LINK)


def links(*keys: str, **told):
    long_enough = tuple(f"a key that is {key}" for key in keys or ("the only one",))
    return Links(Settings(secret_keys=long_enough, identity_key="the-identity-of-tests", **told))


def token(made: Links, purpose: Link, at=NOW) -> str:
    return made.to(purpose, ID, at).rpartition("/")[2].removesuffix(".ics")


@pytest.mark.parametrize("purpose", LINKS, ids=lambda link: link.name)
def test_a_token_opens_for_its_purpose_and_for_no_other(purpose):
    made = token(links(), purpose)
    assert links().open(purpose, made, NOW) == ID
    for other in set(EVERY) - {purpose}:
        with pytest.raises(NotFound):
            links().open(other, made, NOW)


@pytest.mark.parametrize("purpose", LINKS, ids=lambda link: link.name)
def test_a_token_names_a_document_and_no_address(purpose):
    assert "@" not in links().to(purpose, ID, NOW)
    assert token(links(), purpose).startswith(ID)


@pytest.mark.parametrize("purpose", LINKS, ids=lambda link: link.name)
def test_each_purpose_has_its_age_to_the_second(purpose):
    age = {mailed.CONFIRM: timedelta(hours=48), mailed.OWN_DATA: timedelta(hours=1)}.get(purpose, LONG)
    made = token(links(), purpose)
    assert links().open(purpose, made, NOW + age) == ID
    with pytest.raises(Expired):
        links().open(purpose, made, NOW + age + timedelta(seconds=1))
    assert purpose.age == age


def test_the_newest_key_signs_and_all_verify_until_one_is_taken_out():
    before, during, after = links("old"), links("new", "old"), links("new")
    of_old, of_new = token(before, mailed.JOIN), token(during, mailed.JOIN)
    assert during.open(mailed.JOIN, of_old, NOW) == during.open(mailed.JOIN, of_new, NOW) == ID
    assert of_new == token(after, mailed.JOIN)
    assert after.open(mailed.JOIN, of_new, NOW) == ID
    for made, key in ((of_old, after), (of_new, before)):
        with pytest.raises(NotFound):
            key.open(mailed.JOIN, made, NOW)


def test_a_rotated_link_key_registers_nobody_twice():
    """Ids come from a key of their own (docs/rules.md, "Identity is not signing")."""
    assert person_id("identity", " Anna@Example.org") == person_id("identity", "anna@example.org")
    assert person_id("identity", "a@example.org") != person_id("other", "a@example.org")
    assert client_id("identity", "a@example.org") != person_id("identity", "a@example.org")


def test_who_signs_up_before_and_after_a_rotation_is_one_person(tmp_path):
    from dela.attending.registration import Registration
    from dela.store.contract import Query
    from dela.wiring import ports_of
    from tests.support.forum import Forum

    forum = Forum(tmp_path)
    meeting = forum.meeting()
    forum.sign_up(meeting)
    rotated = {"secret_keys": ("newer", *forum.settings.secret_keys)}
    forum.ports = ports_of(forum.settings.model_copy(update=rotated), forum.clock)
    forum.later(hours=1).sign_up(meeting)
    assert forum.ports.store.count(Registration, Query()) == 1
    forum.close()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=600), st.text("abc.-_=0123456789", max_size=80)), st.sampled_from(EVERY))
@example("", mailed.JOIN)
@example(".", mailed.JOIN)
@example("..", STAMP_LINK)
@example("a.b.c", STAMP_LINK)
@example("\ud800", mailed.JOIN)
@example("x" * 10_000, mailed.JOIN)
@example(f"{ID}.{'_' * 11}.sig", mailed.JOIN)
def test_whatever_is_no_token_of_ours_is_not_found(garbage, purpose):
    with pytest.raises(NotFound):
        links().open(purpose, garbage, NOW)
    with pytest.raises(NotFound):
        links().stamp_age(garbage, NOW)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 200), st.characters(), st.sampled_from(LINKS))
def test_a_token_of_which_one_character_was_changed_is_not_found(place, character, purpose):
    made = token(links(), purpose)
    place %= len(made)
    changed = made[:place] + character + made[place + 1 :]
    if changed == made:
        return
    try:
        assert links().open(purpose, changed, NOW) == ID
    except NotFound:
        return
    # The last of 43 base64 characters holds two bits that say nothing.
    assert place == len(made) - 1


@pytest.mark.parametrize("purpose", LINKS, ids=lambda link: link.name)
@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_token_that_was_cut_off_is_not_found(purpose, cut):
    with pytest.raises(NotFound):
        links().open(purpose, token(links(), purpose)[:-cut], NOW)


def test_a_stamp_tells_its_age_and_is_good_for_a_day():
    made = links().stamp(NOW)
    assert links().stamp_age(made, NOW + timedelta(seconds=7)) == timedelta(seconds=7)
    with pytest.raises(Expired):
        links().stamp_age(made, NOW + timedelta(days=1, seconds=1))


def test_all_links_begin_with_the_base_url():
    made = links(base_url="https://europe-north1-x.cloudfunctions.net/")
    base = "https://europe-north1-x.cloudfunctions.net/"
    urls = [made.page(None), made.page("2026-1", "sv"), made.thanks("2026-1", "en")]
    urls += [made.to(purpose, ID, NOW) for purpose in LINKS]
    assert all(url.startswith(base) and "//" not in url.removeprefix(base) for url in urls)
