"""How the states of an invitation are called, in mails, on pages and at the command line."""

from dela.speaking.invitation import InvitationState
from dela.web.language import translations


def state_word(state: InvitationState, language: str) -> str:
    """A state in a word or two."""
    _ = translations(language).gettext
    return {
        InvitationState.ASKED: _("asked"),
        InvitationState.CONFIRMED: _("yes"),
        InvitationState.ASKED_AGAIN: _("asked about the new time"),
        InvitationState.STANDBY: _("stands by"),
        InvitationState.DECLINED: _("no"),
        InvitationState.WITHDRAWN: _("withdrew"),
        InvitationState.ELSEWHERE: _("another date"),
        InvitationState.EXPIRED: _("no answer in time"),
        InvitationState.REMOVED: _("taken off"),
        InvitationState.RELEASED: _("released with thanks"),
        InvitationState.CANCELLED: _("cancelled"),
    }[state]
