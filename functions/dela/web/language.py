"""Which language a reader gets, and the words that code needs: catalogues, and what is wrong with a field."""

import gettext
import re
from functools import cache
from pathlib import Path

from dela.web.templates_folder import templates_folder

LANGUAGES = ("sv", "en")
LANGUAGE_NAMES = {"sv": "Svenska", "en": "English"}
ACCEPTED = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,32})?(?:\s*;\s*q=([01](?:\.\d{0,3})?))?$")


def choose_language(query: str | None, accept_language: str | None, default: str) -> str:
    """The language to answer in: the one asked for by ?lang=, else the reader's first known one, else the default.

    `accept_language` is the header as it came (RFC 9110, 12.5.4); what can't be read of it is passed over.
    """
    if query in LANGUAGES:
        return query
    known: list[tuple[float, int, str]] = []
    for place, part in enumerate((accept_language or "").split(",")[:20]):
        match = ACCEPTED.match(part.strip())
        if match and match[1].lower() in LANGUAGES and float(match[2] or 1) > 0:
            known.append((-float(match[2] or 1), place, match[1].lower()))
    return min(known)[2] if known else default


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; texts without a translation stay English."""
    folder: Path = templates_folder() / "translations"
    return gettext.translation("dela", folder, [language], fallback=language == "en")


def other_language(language: str) -> str:
    """The other of the two languages."""
    return next(each for each in LANGUAGES if each != language)


def error_sentence(code: str, language: str, field: str = "") -> str:
    """What is wrong with a field and what to do about it. An unknown code gets a sentence that is true of any."""
    _ = translations(language).gettext
    sentences = {
        "missing": _("Please fill this in."),
        "too_long": _("This is too long. Please shorten it."),
        "address": _("This does not look like an email address. It should look like name@example.org."),
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
