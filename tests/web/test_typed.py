"""What people paste is cleaned of what they can't see, and nothing that they meant is lost."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dela.web import typed

ANNA = "anna@example.org"
UNSEEN = {
    "zero width space": "\u200b",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "word joiner": "\u2060",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "arabic letter mark": "\u061c",
    "embedding": "\u202a\u202c",
    "override": "\u202e",
    "isolate": "\u2066\u2069",
    "joiner": "\u200d",
    "non-joiner": "\u200c",
    "a picture's place": "\ufffc",
    "a tag": "\U000e0041",
    "an annotation": "\ufff9",
}
BLANKS = [" ", "\u00a0", "\u202f", "\u3000", "\t", "\u2003", "\u2028"]
JOINED = {
    "a family": "👨‍👩‍👧‍👦 Ek",
    "a farmer": "👩🏽‍🌾 Karin",
    "a rainbow": "🏳️‍🌈 Kim",
    "a region's flag": "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Tom",
    "a coloured heart": "Eva ❤️",
    "Persian": "علی‌رضا",
    "Malayalam, at the end of the word": "മോഹന്‍",
    "Sinhala": "ශ්‍රී",
    "Hindi": "क्‍ष",
    "Vietnamese": "Nguyễn Thị Hồng",
    "marks that nothing composes": "Ọ̀ṣun M̄",
    "Hebrew points": "שָׁלוֹם",
    "a family's own Han character": "辻󠄀",
    "another": "\ufa19谷",
    "what this Python does not know yet": "\U0001fae9 new",
}


@pytest.mark.parametrize("name", JOINED.values(), ids=JOINED)
def test_what_joins_letters_and_emoji_stays(name):
    assert typed.line(name) == typed.shown(name) == name


@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_is_taken_out_of_names_and_addresses(unseen):
    for pasted in (f"{unseen}Anna Ek", f"An{unseen}na Ek", f"Anna{unseen} Ek", f"Anna Ek{unseen}"):
        assert typed.line(pasted) == "Anna Ek"
    for pasted in (f"{unseen}{ANNA}", f"an{unseen}na@example.org", f"anna@{unseen}example.org", f"{ANNA}{unseen}"):
        assert typed.address(pasted) == ANNA
    assert typed.line(unseen) == ""


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_blanks_around_go_and_those_inside_a_name_are_one(blank):
    assert typed.line(f"{blank}Anna{blank} {blank}Ek{blank}") == "Anna Ek"
    for pasted in (f"{blank}{ANNA}{blank}", f"anna{blank}@example.org", f"anna@{blank}example{blank}.{blank}org"):
        assert typed.address(pasted) == ANNA


@pytest.mark.parametrize(
    "pasted",
    [
        f"mailto:{ANNA}",
        f"MAILTO:{ANNA}?subject=Hello%20you&cc=bo@example.org",
        "mailto:anna%40example.org",
        f"Anna Ek <{ANNA}>",
        f'"Ek, Anna" <{ANNA}>;',
        f"Anna Ek ({ANNA})",
        f"<{ANNA}>",
        f"{ANNA} <mailto:{ANNA}>",
        f"{ANNA}<mailto:{ANNA}>",
        f"Anna Ek [mailto:{ANNA}]",
        f"'{ANNA}'",
        f"”{ANNA}”.",
        f"{ANNA},",
        f"{ANNA}.",
        f"{ANNA};\r\n",
        "anna＠example.org",
        f"Anna Ek <\u200b{ANNA}\u00a0>",
    ],
)
def test_an_address_is_found_in_what_mail_programs_copy(pasted):
    assert typed.address(pasted) == ANNA


@pytest.mark.parametrize(
    "pasted",
    ["anna ek@example.org", f"<{ANNA}>, <bo@example.org>", f"{ANNA}, bo@example.org", "Dr. anna@example.org", "anna"],
)
def test_what_would_be_a_guess_is_left_to_its_owner(pasted):
    assert typed.address(pasted) == pasted


def test_what_an_address_may_hold_is_left_in_it():
    for address in ("o'neill+dela@example.org", "a_b-c.d@sub.example.org", "åsa@åre.example.org", "{x}|y~@example.org"):
        assert typed.address(address) == address


def test_a_flag_of_a_region_that_is_none_hides_no_text():
    hidden = "".join(chr(0xE0000 + ord(each)) for each in "visit evil example")
    assert typed.line(f"Anna{hidden}") == "Anna"
    assert typed.line(f"\U0001f3f4{hidden}") == "\U0001f3f4"
    assert typed.line("Anna" + "\ufe0f\ufe0e" * 20) == "Anna\ufe0f"


def test_controls_stay_for_whoever_checks_a_form_and_never_reach_a_mail():
    assert typed.line("a\x07b\r\nc") == "a\x07b\r\nc"
    assert typed.shown("a\x07b\r\nBcc: c\u202e") == "a b Bcc: c"


def test_what_is_too_long_for_any_field_costs_nothing():
    assert typed.line("\u200b" * (typed.LONGEST + 1)) == "\u200b" * (typed.LONGEST + 1)


TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from([*"".join(UNSEEN.values()), *"".join(JOINED.values()), *BLANKS, "\u0301", "\u030a", "a", "å"]),
    ),
    max_size=30,
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(TEXTS)
@example("e\u200d\u0301\u200d")
@example("\u1fef\u200d")
@example("\u3164\u200d")
def test_cleaning_is_done_once_and_for_all(text):
    for clean in (typed.line, typed.shown, typed.address):
        assert clean(clean(text)) == clean(text), ascii(text)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(TEXTS)
def test_composed_and_decomposed_letters_are_the_same(text):
    for form in ("NFC", "NFD"):
        if not typed.OWN_FORMS.search(text):
            assert typed.line(unicodedata.normalize(form, text)) == typed.line(text)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(TEXTS)
def test_nothing_that_turns_or_hides_text_is_left(text):
    left = typed.UNSEEN.sub(lambda found: found[1] or "", typed.shown(text))
    assert left == typed.shown(text)
    assert not any(
        unicodedata.bidirectional(each) in ("LRO", "RLO", "LRE", "RLE", "LRI", "RLI", "FSI") for each in left
    )
    assert not any(unicodedata.category(each) == "Cc" for each in left)
