"""What staff switch on a client: exemption from tax, and dunning."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts import actions
from commerce.accounts.models import Client
from commerce.audit.models import Entry
from commerce.billing.tax import taxation_for
from commerce.billing.tax.actions import add_rule
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.preferences.actions import set_preference
from tests.make.people import AT, make_client

pytestmark = pytest.mark.django_db
LAST = AT.date() + timedelta(days=10)
SAY: dict[str, Any] = {"at": AT, "actor": SYSTEM}


@pytest.fixture
def client() -> Client:
    """In Germany, like the seller, where a rule says 19 %."""
    for key, value in (("tax.enabled", "on"), ("company.country", "DE")):
        set_preference(key=key, value=value, **SAY)
    add_rule(country="DE", rate_milli=19_000, category="S", valid_from=date(2020, 1, 1), **SAY)
    return make_client()


def taxed(client: Client, day: date) -> tuple[str, int, str]:
    [tax] = taxation_for(Client.objects.get(pk=client.pk), day).taxes(["hosting"])
    return tax.category, tax.rate_milli, tax.note


def test_an_exemption_holds_through_its_last_day(client: Client) -> None:
    actions.exempt_client(client=client, reason="Embassy", until=LAST, **SAY)
    assert taxed(client, AT.date()) == taxed(client, LAST) == ("E", 0, "Embassy")
    assert taxed(client, LAST + timedelta(days=1))[:2] == ("S", 19_000)
    entry = Entry.objects.get(action="client.exempted")
    assert (entry.before["tax_exempt"], entry.after["tax_exempt_until"]) == (False, str(LAST))


def test_one_without_an_end_holds_until_it_is_lifted(client: Client) -> None:
    actions.exempt_client(client=client, reason="Embassy", **SAY)
    assert taxed(client, date(2040, 1, 1)) == ("E", 0, "Embassy")
    actions.end_exemption(client=client, reason="moved", **SAY)
    assert taxed(client, AT.date())[:2] == ("S", 19_000)
    with pytest.raises(Refused, match="not exempt"):
        actions.end_exemption(client=client, reason="moved", **SAY)


@pytest.mark.parametrize(
    "wrong",
    [{"reason": " "}, {"reason": "x" * 201}, {"until": AT.date() - timedelta(days=1)}],
)
def test_an_exemption_has_a_reason_and_a_day_to_come(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        actions.exempt_client(client=make_client(), **{"reason": "Embassy", **SAY} | wrong)


def test_dunning_is_switched_with_a_reason() -> None:
    client = make_client()
    revision = client.revision
    with pytest.raises(Refused, match="Say why"):
        actions.set_dunning(client=client, on=False, reason="", **SAY)
    actions.set_dunning(client=client, on=False, reason="pays by the year", **SAY)
    assert (client.dunning, client.revision > revision) == (False, True)
    with pytest.raises(Refused, match="Nothing changes"):
        actions.set_dunning(client=client, on=False, reason="again", **SAY)
    actions.set_dunning(client=client, on=True, reason="enough", **SAY)
    assert list(Entry.objects.filter(action__contains="dunning").values_list("reason", flat=True))
