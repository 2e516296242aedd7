import pytest

from dela.mailing.ledger import AudiencePage, Message
from dela.mailing.wakeups import parse_wakeup


def test_a_key_names_a_message_or_a_page():
    assert parse_wakeup("message:own_data.3.2026-1.abc234") == (Message, "own_data.3.2026-1.abc234")
    assert parse_wakeup("page:reminder.60m@20261203T1210.2026-1.0") == (
        AudiencePage,
        "reminder.60m@20261203T1210.2026-1.0",
    )


@pytest.mark.parametrize("id", ["", "a/b", "../x", ".", "..", "__x__", "a b", "å", "a\n", "\ud800", "a" * 402])
def test_what_is_no_id_of_ours_is_never_looked_for(id):
    """Firestore would take some of these for paths, and refuse others."""
    assert parse_wakeup(f"message:{id}") is None


@pytest.mark.parametrize("key", ["", "message", "meeting:2026-1", "Message:abc", ":abc"])
def test_what_names_neither_is_no_key(key):
    assert parse_wakeup(key) is None
