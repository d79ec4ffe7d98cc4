"""What is kept of the use of a token: networks of which its owner knows, numbers of requests (accounts.md 7)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.token_usage import (
    TokenUse,
    delete_old_token_requests,
    record_token_uses,
)
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, TokenDailyRequests, TokenNetwork
from commerce.accounts.rules import network_of_address
from commerce.kit.context import Context
from commerce.mail.models import OutgoingMail
from tests.make.people import AT, as_member, make_client, make_member, make_user

DAY = timedelta(days=1)


@pytest.fixture
def token(db: None) -> ApiToken:
    """Of Alice's client, made by Tess."""
    client = make_client(owner="alice@example.com", company="Acme")
    tess = make_member(client, "tess@example.com", "technical").user
    made, _plain = create_token(
        client=client, maker=tess, name="sync", ctx=Context(AT, as_member(tess))
    )
    return made


def use(token: ApiToken, address: str, days: int = 0, requests: int = 1) -> None:
    record_token_uses([TokenUse(token.pk, address, requests, AT + days * DAY)])


def told() -> list[tuple[str, str]]:
    """Address of use and recipient of each mail, in their order."""
    rows = OutgoingMail.objects.filter(event="api_token_new_network").order_by("pk")
    return [(row.values["ip"], row.recipient) for row in rows]


def both(address: str) -> list[tuple[str, str]]:
    return [(address, "tess@example.com"), (address, "alice@example.com")]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:7:8::9", "2001:db8:7::/48"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_an_address_moves_within_a_network(address: str, network: str) -> None:
    assert network_of_address(address) == network


def test_the_first_use_from_a_new_network_is_told_to_owners_and_maker(token: ApiToken) -> None:
    use(token, "203.0.113.9")
    assert told() == []  # the very first: its owner has just put it there
    use(token, "203.0.113.200")
    assert told() == []
    use(token, "198.51.100.7")
    assert told() == both("198.51.100.7")
    use(token, "198.51.100.8", days=1)
    assert told() == both("198.51.100.7")


def test_it_is_told_once_a_day_and_the_next_network_on_the_next_day(token: ApiToken) -> None:
    use(token, "203.0.113.9")
    use(token, "198.51.100.7")
    use(token, "2001:db8::1")
    assert told() == both("198.51.100.7")
    use(token, "2001:db8::1", days=1)
    assert told() == both("198.51.100.7") + both("2001:db8::1")
    use(token, "2001:db8::1", days=2)
    assert len(told()) == 4


def test_a_network_that_was_not_used_for_long_is_new_again(token: ApiToken) -> None:
    use(token, "203.0.113.9")
    use(token, "203.0.113.9", days=90)
    use(token, "203.0.113.9", days=180)
    assert told() == []
    use(token, "203.0.113.9", days=271)
    assert told() == both("203.0.113.9")


def test_each_token_has_networks_of_its_own(token: ApiToken) -> None:
    maker = make_user("charlie@example.com")
    other, _plain = create_token(
        client=make_client(owner=maker), maker=maker, name="x", ctx=Context(AT, as_member(maker))
    )
    use(token, "203.0.113.9")
    use(other, "198.51.100.7")
    assert told() == []
    assert TokenNetwork.objects.count() == 2


def test_requests_add_up_over_workers_and_the_list_counts_30_days(token: ApiToken) -> None:
    before = Client.objects.get(pk=token.client_id).revision
    use(token, "203.0.113.9", days=-30, requests=1000)
    for days, requests in ((-29, 100), (0, 20), (0, 3)):
        use(token, "203.0.113.9", days=days, requests=requests)
    assert TokenDailyRequests.objects.get(day=AT.date()).number == 23
    assert ApiToken.objects.with_requests(AT.date()).get().requests == 123
    assert ApiToken.objects.with_requests(AT.date() + 60 * DAY).get().requests == 0
    assert Client.objects.get(pk=token.client_id).revision == before


def test_uses_of_two_days_are_counted_on_their_days(token: ApiToken) -> None:
    midnight = AT.replace(hour=0, minute=0, second=0)
    uses = [
        TokenUse(token.pk, "203.0.113.9", 2, midnight - timedelta(seconds=1)),
        TokenUse(token.pk, "203.0.113.9", 5, midnight),
    ]
    record_token_uses(uses)
    days = TokenDailyRequests.objects.order_by("day").values_list("day", "number")
    assert list(days) == [((AT - DAY).date(), 2), (AT.date(), 5)]


def test_many_tokens_take_as_many_statements_as_one(
    token: ApiToken,
) -> None:
    maker = make_user("charlie@example.com")
    client = make_client(owner=maker)
    ctx = Context(AT, as_member(maker))
    others = [
        create_token(client=client, maker=maker, name=f"{n}", ctx=ctx)[0].pk for n in range(9)
    ]
    uses = [
        TokenUse(pk, address, requests, AT + timedelta(seconds=requests))
        for pk in others
        for address, requests in (("203.0.113.9", 2), ("203.0.113.8", 3))
    ]
    with CaptureQueriesContext(connection) as one:
        record_token_uses([TokenUse(token.pk, "203.0.113.9", 7, AT)])
    with CaptureQueriesContext(connection) as many:
        record_token_uses(uses)
    assert len(many) == len(one)
    numbers = dict(TokenDailyRequests.objects.values_list("token_id", "number"))
    assert numbers == {token.pk: 7} | dict.fromkeys(others, 5)
    latest = ApiToken.objects.get(pk=others[4])
    assert (latest.last_used_at, latest.last_used_from) == (
        AT + timedelta(seconds=3),
        "203.0.113.8",
    )


def test_a_token_that_is_deleted_meanwhile_holds_up_no_other(token: ApiToken) -> None:
    record_token_uses(
        [TokenUse(token.pk + 1, "203.0.113.9", 1, AT), TokenUse(token.pk, "203.0.113.9", 2, AT)]
    )
    assert TokenDailyRequests.objects.get().number == 2


def test_old_numbers_are_forgotten(token: ApiToken) -> None:
    for days in (-61, -60, 0):
        use(token, "203.0.113.9", days=days)
    assert delete_old_token_requests(day=AT.date()) == 1
    assert TokenDailyRequests.objects.count() == 2
