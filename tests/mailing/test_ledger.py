from datetime import UTC, datetime, timedelta

import pytest

from dela.mailing.ledger import LEASE, SKEW, AudiencePage, Message, audience_key, message_key

NOW = datetime(2026, 12, 2, 11, 10, tzinfo=UTC)


def page(lease_until: datetime | None) -> AudiencePage:
    return AudiencePage(
        id="reminder.60m@20261203T1210.2026-1.0",
        reason="reminder",
        occurrence="60m@20261203T1210",
        meeting="2026-1",
        first="",
        below=None,
        planned_for=NOW,
        due_at=NOW,
        useful_until=NOW + timedelta(hours=1),
        lease_until=lease_until,
    )


@pytest.mark.parametrize(
    ("ends_in", "held"),
    [
        (timedelta(0), False),
        (timedelta(microseconds=1), True),
        (LEASE, True),
        (LEASE + SKEW, True),
        (LEASE + SKEW + timedelta(microseconds=1), False),
        (timedelta(hours=-1), False),
    ],
    ids=["ends now", "ends at once", "begins now", "another's clock is ahead", "begins in the future", "ended"],
)
def test_a_lease_holds_from_its_begin_to_its_end_and_none_holds_that_a_wrong_clock_began(ends_in, held):
    assert page(NOW + ends_in).held(NOW) is held


def test_what_nobody_took_is_not_held():
    assert not page(None).held(NOW)


def test_the_same_reason_occurrence_meeting_and_person_are_the_same_mail():
    assert message_key("moved", "2", "2026-1", "anna") == "moved.2.2026-1.anna"
    assert audience_key("moved", "2", "2026-1") == "moved.2.2026-1"
    assert message_key("moved", "3", "2026-1", "anna") != message_key("moved", "2", "2026-1", "anna")


def test_times_are_stored_in_one_width_so_that_text_order_is_time_order():
    moments = [NOW, NOW + timedelta(microseconds=1), NOW + timedelta(seconds=1), NOW.replace(month=1)]
    texts = [page(moment).model_dump(mode="json")["lease_until"] for moment in sorted(moments)]

    assert texts == sorted(texts)
    assert len({len(text) for text in texts}) == 1
    assert Message.model_fields["due_at"].is_required(), "a range finds what is open: nothing is open by accident"
