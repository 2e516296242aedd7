"""The languages, which of them a reader gets, and the words that code needs: what is wrong with a field."""

import gettext
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dela.web.templates_folder import templates_folder

SOURCE = "en"
"""The language that the texts are written in: it needs no catalogue."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its code (ISO 639-1), its name in itself, and how it writes the time of day (CLDR pattern)."""

    code: str
    name: str
    clock: str


LANGUAGES = {
    each.code: each
    for each in (
        Language("sv", "Svenska", clock="HH.mm"),
        Language("en", "English", clock="HH:mm"),
    )
}
"""A further language is a line here and a catalogue in templates/translations."""


def choose_language(query: str | None, accepted: Iterable[str], default: str) -> str:
    """The language to answer in: the one asked for by ?lang=, else the reader's first known one, else the default.

    `accepted` are language tags in the reader's order (RFC 9110, 12.5.4), such as sv-SE.
    """
    if query in LANGUAGES:
        return query
    wanted = (tag.replace("_", "-").partition("-")[0].lower() for tag in accepted)
    return next((each for each in wanted if each in LANGUAGES), default)


def unknown_language(code: str) -> str:
    """What is wrong with a forum's default language, as a sentence for its operator; "" if it is one of ours."""
    return "" if code in LANGUAGES else f"DELA_LANGUAGE: {code} is not one of {', '.join(LANGUAGES)}"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; texts without a translation stay English."""
    folder: Path = templates_folder() / "translations"
    return gettext.translation("dela", folder, [language], fallback=language == SOURCE)


def other_languages(language: str) -> list[Language]:
    """The languages beside this one."""
    return [each for each in LANGUAGES.values() if each.code != language]


def error_sentence(code: str, language: str, field: str = "") -> str:
    """What is wrong with a field and what to do about it. An unknown code gets a sentence that is true of any."""
    _ = translations(language).gettext
    sentences = {
        "missing": _("Please fill this in."),
        "too_long": _("This is too long. Please shorten it."),
        "address": _("This does not look like an email address. It should look like name@example.org."),
        "address_blank": _(
            "There is a space inside this email address. Please take it out, or type what belongs there."
        ),
        "address_unreachable": _(
            "Our mail server can't send to an address with such letters before the @. "
            "Please give another address, such as one with the letters a to z only."
        ),
        "municipality": _("Please choose a place from the list."),
        "characters": _("There is a character in this that can't be used. Please type it again."),
        "choice": _("Please choose one of the options."),
        "too_fast": _("That went faster than we could follow. Nothing is lost: please press the button once more."),
        "stale": _("This page has been open for a long time. Nothing is lost: please press the button once more."),
        "moment": _("The clock can't read this. Please write it as P1D for a day, or PT50M for 50 minutes."),
        "backwards": _("The clock only goes forward. Please choose a later time."),
        "too_far": _("The clock goes forward three years at most. Please choose an earlier time."),
        "busy": _("Your sign-up could not be kept just now. Nothing you typed is lost: please try again in a minute."),
        "too_many": _("Very many people are signing up from here right now. Please try again in ten minutes."),
    }
    if code == "missing" and field == "email":
        return _("Please fill in your email address: the confirmation is sent there.")
    if code == "missing" and field == "name":
        return _("Please tell us what to call you.")
    if code == "missing" and field == "municipality":
        return sentences["municipality"]
    return sentences.get(code, _("Something is wrong with this. Please check it."))
