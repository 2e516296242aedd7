"""Which language a reader gets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dela.web.call import accepted_languages
from dela.web.language import LANGUAGES, error_sentence, other_languages, translations
from dela.web.language import choose_language as choose

tags = st.sampled_from(["sv", "en", "SV", "en-GB", "sv-FI", "de", "fr-CH", "*", "nb", "zh-Hant-TW", "x", ""])
weights = st.sampled_from(["", ";q=1", ";q=0", ";q=0.5", "; q=0.9", ";q=0.001", ";q=1.000", ";q=x", ";q=", ";v=1"])
parts = st.tuples(tags, weights).map("".join)
headers = st.one_of(st.none(), st.lists(parts, max_size=8).map(", ".join), st.text(max_size=200))


def choose_language(query, header, default):
    return choose(query, accepted_languages(header), default)


@pytest.mark.parametrize(
    ("query", "header", "default", "expected"),
    [
        (None, None, "sv", "sv"),
        (None, None, "en", "en"),
        (None, "", "sv", "sv"),
        ("en", "sv", "sv", "en"),
        ("sv", "en", "en", "sv"),
        ("de", "en", "sv", "en"),
        ("", "en", "sv", "en"),
        (None, "en-GB,en;q=0.9,sv;q=0.8", "sv", "en"),
        (None, "sv;q=0.8,en;q=0.9", "sv", "en"),
        (None, "de, fr;q=0.9, sv;q=0.1", "en", "sv"),
        (None, "EN", "sv", "en"),
        (None, "en;q=0", "sv", "sv"),
        (None, "en;q=0, sv;q=0", "sv", "sv"),
        (None, "*", "sv", "sv"),
        (None, "nb-NO", "sv", "sv"),
        (None, "english", "sv", "sv"),
        (None, "en ; q=0.5 , sv ; q=0.6", "en", "sv"),
    ],
)
def test_the_one_asked_for_else_the_readers_first_known_one_else_the_default(query, header, default, expected):
    assert choose_language(query, header, default) == expected


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.none(), st.text(max_size=20)), headers, st.sampled_from(sorted(LANGUAGES)))
def test_whatever_is_sent_the_answer_is_a_language_that_we_speak(query, header, default):
    chosen = choose_language(query, header, default)
    assert chosen in LANGUAGES
    if query in LANGUAGES:
        assert chosen == query
    elif not header:
        assert chosen == default


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from(["de", "fr-CH;q=0.9", "*;q=0.1", "nb"]), max_size=6), st.sampled_from(sorted(LANGUAGES))
)
def test_languages_that_we_do_not_speak_change_nothing(unknown, default):
    other = other_languages(default)[0].code
    assert choose_language(None, ", ".join(unknown), default) == default
    assert choose_language(None, ", ".join([*unknown, f"{other};q=0.3"]), default) == other


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_unknown_code_gets_a_sentence_that_is_true_of_any(language):
    assert error_sentence("no-such-code", language) == translations(language).gettext(
        "Something is wrong with this. Please check it."
    )
