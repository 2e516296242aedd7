"""What a state is for its reader: one colour, one word, one headline, one next step, one button, declared once.

A room declares its states beside its rules; pages, mails and lists show what is declared and word nothing anew. Texts
are the English originals; whoever shows them translates them and fills in what they leave open, such as %(day)s.
"""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """The colour of a state: templates/pages/style.css and templates/mails/_macros.html have one for each."""

    CALM = "calm"
    NOW = "now"
    GOOD = "good"
    CHANGED = "changed"
    STOP = "stop"
    PAST = "past"


class Leads(StrEnum):
    """What the main button of a state does, or where it leads."""

    NOWHERE = "nowhere"
    FORM = "form"
    CONFIRM = "confirm"
    CALENDAR = "calendar"
    ENTER = "enter"
    MEETING = "meeting"
    NEXT = "next"
    HEAR = "hear"


def marked(text: str) -> str:
    """The same text, found by `make translations`, to be translated when it is shown."""
    return text


@dataclass(frozen=True, kw_only=True)
class State:
    """A state as its reader meets it.

    label      one or two words, for lists, for a mark above the headline and for subjects; "" where it goes unsaid
    step       what the reader does next, or what happens next; `step_now` the same while the meeting goes on
    button     the label of the main button, whose work `leads` names; "" for none
    indexed    whether search engines may show a public page in this state
    """

    tone: Tone
    label: str
    title: str
    headline: str
    step: str
    step_now: str
    button: str
    leads: Leads
    indexed: bool
