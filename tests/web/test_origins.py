"""A site that may sign people up is recognised however an operator wrote it, and no other is."""

import pytest

from tests.support.forum import FORM, Forum


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://www.region.example/", "https://www.region.example"),
        ("HTTPS://WWW.Region.Example:443", "https://www.region.example"),
        ("https://www.räksmörgås.example", "https://www.xn--rksmrgs-5wao1o.example"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_a_browsers_origin_matches_the_site_that_was_typed(tmp_path, typed, sent):
    forum = Forum(tmp_path, origins=typed)
    meeting, client = forum.meeting(), forum.web("signup")

    def allowed(origin: str) -> str | None:
        answer = client.post(f"/signup/{meeting.id}", json=FORM, headers={"Origin": origin})
        return answer.headers.get("Access-Control-Allow-Origin")

    assert allowed(sent) == sent
    assert allowed(f"{sent}.evil.example") is None
    assert allowed(sent.replace("http", "xttp")) is None
    forum.close()
