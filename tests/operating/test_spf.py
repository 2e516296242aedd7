"""What a domain's SPF record says about a mail server (RFC 7208)."""

import pytest

from dela.operating import spf

HOST, ADDRESS = "mail.provider.test", "192.0.2.25"
ZONE = {
    "texts": {
        "_spf.provider.test": ["v=spf1 ip4:198.51.100.0/24 -all"],
        "spf.elsewhere.test": ["v=spf1 ip4:203.0.113.0/24 ip6:2001:db8::/32 -all"],
        "spf.deep.test": ["v=spf1 include:spf.elsewhere.test -all"],
    },
    "addresses": {"forum.test": ["192.0.2.25"], "mx.forum.test": ["192.0.2.30"], "other.test": ["203.0.113.9"]},
    "mail_servers": {"forum.test": ["mx.forum.test"], "hosted.test": [HOST]},
}


def policy(record: str, domain: str = "forum.test") -> spf.Policy:
    texts = {**ZONE["texts"], domain: [record]}
    return spf.Policy(
        lambda name: texts.get(name, []),
        lambda name: ZONE["addresses"].get(name, []),
        lambda name: ZONE["mail_servers"].get(name, []),
    )


@pytest.mark.parametrize(
    ("record", "address", "named"),
    [
        ("v=spf1 ip4:192.0.2.25 -all", ADDRESS, True),
        ("v=spf1 +ip4:192.0.2.0/24 ~all", ADDRESS, True),
        ("V=SPF1 IP4:192.0.2.0/24 ~all", ADDRESS, True),
        ("v=spf1 ip4:192.0.3.0/24 -all", ADDRESS, False),
        ("v=spf1 -ip4:192.0.2.25 -all", ADDRESS, False),
        ("v=spf1 ?ip4:192.0.2.25 -all", ADDRESS, False),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", True),
        ("v=spf1 ip6:2001:db8::/32 -all", ADDRESS, False),
        ("v=spf1 ip4:nonsense ip4:192.0.2.25 -all", ADDRESS, True),
        ("v=spf1 a -all", ADDRESS, True),
        ("v=spf1 a:other.test -all", "203.0.113.9", True),
        ("v=spf1 a/24 -all", "192.0.2.99", True),
        ("v=spf1 a:other.test/24 -all", "203.0.113.200", True),
        ("v=spf1 a -all", "192.0.2.99", False),
        ("v=spf1 mx -all", "192.0.2.30", True),
        ("v=spf1 mx:hosted.test -all", "192.0.2.99", True),
        ("v=spf1 mx -all", "192.0.2.31", False),
        ("v=spf1 include:spf.elsewhere.test -all", "203.0.113.5", True),
        ("v=spf1 include:spf.elsewhere.test -all", ADDRESS, False),
        ("v=spf1 include:spf.deep.test -all", "203.0.113.5", True),
        ("v=spf1 redirect=spf.elsewhere.test", "203.0.113.5", True),
        ("v=spf1 include:_spf.provider.test -all", "192.0.2.25", True),
        ("v=spf1 -all", ADDRESS, False),
        ("v=spf1", ADDRESS, False),
    ],
)
def test_a_record_names_a_server_by_address_by_name_or_by_its_providers_record(record, address, named):
    assert policy(record).names("forum.test", HOST, [address]) is named


def test_a_server_with_several_addresses_is_named_by_any():
    assert policy("v=spf1 ip4:192.0.2.25 -all").names("forum.test", HOST, ["2001:db8::1", ADDRESS])
    assert not policy("v=spf1 ip4:192.0.2.25 -all").names("forum.test", HOST, [])


def test_two_records_are_none_and_what_is_no_spf_is_not_read():
    assert spf.records(["v=spf1 -all", "v=spf10 x", "google-site-verification=x", "v=spf1"]) == [
        "v=spf1 -all",
        "v=spf1",
    ]


def test_a_record_that_includes_itself_ends():
    with pytest.raises(spf.TooManyLookups):
        policy("v=spf1 include:forum.test -all").names("forum.test", HOST, [ADDRESS])
