"""Who counts as one on the network."""

import pytest

from dela.web.client_limit import SIGN_UPS_OF_A_NETWORK, SIGN_UPS_PER_WINDOW
from dela.web.networks import client_and_network
from tests.support.forum import FORM, Forum


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:DB8:1:2::1", "[2001:db8:1:2::9]:443"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("192.0.2.7", "192.0.2.7:50123"),
        ("fe80::1%eth0", "fe80::2"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_these_are_one_client(one, other):
    assert client_and_network(one) == client_and_network(other)


@pytest.mark.parametrize(
    ("one", "other", "same_network"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1", True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False),
        ("192.0.2.7", "192.0.2.8", True),
        ("192.0.2.7", "192.0.3.7", False),
        ("::ffff:192.0.2.7", "::ffff:192.0.3.7", False),
        ("192.0.2.7", "unknown", False),
    ],
)
def test_these_are_two_and_share_a_network_or_not(one, other, same_network):
    (client, network), (client_too, network_too) = client_and_network(one), client_and_network(other)
    assert client != client_too
    assert (network == network_too) is same_network


def _statuses(forum, addresses: list[str]) -> list[int]:
    """What a form that lacks everything is answered, by address: 422, or 429 where the client has to wait."""
    client = forum.web("signup")
    return [
        client.post("/signup", data={"name": ""}, headers={"X-Forwarded-For": each}).status_code for each in addresses
    ]


@pytest.fixture
def behind_a_proxy(tmp_path):
    forum = Forum(tmp_path, proxies=1)
    forum.meeting()
    yield forum
    forum.close()


def test_a_hundred_people_behind_one_address_sign_up_in_ten_minutes(behind_a_proxy):
    client = behind_a_proxy.web("signup")
    for number in range(100):
        sent = {"data": {**FORM, "email": f"person{number}@example.org"}, "headers": {"X-Forwarded-For": "192.0.2.7"}}
        assert client.post("/signup", **sent).status_code == 303
    assert len(behind_a_proxy.deliver().mails) == 100


def test_another_address_of_the_same_customer_is_no_other_client(behind_a_proxy):
    addresses = [f"2001:db8:1:2::{number:x}" for number in range(SIGN_UPS_PER_WINDOW + 1)]
    assert _statuses(behind_a_proxy, addresses)[-2:] == [422, 429]
    assert _statuses(behind_a_proxy, ["2001:db8:1:3::1"]) == [422]


@pytest.mark.slow
def test_whoever_has_a_whole_network_has_a_limit_for_all_of_it(behind_a_proxy):
    addresses = [f"2001:db8:1:{number % 50:x}::1" for number in range(SIGN_UPS_OF_A_NETWORK + 1)]
    assert _statuses(behind_a_proxy, addresses)[-2:] == [422, 429]
    assert _statuses(behind_a_proxy, ["2001:db8:2:1::1"]) == [422]
