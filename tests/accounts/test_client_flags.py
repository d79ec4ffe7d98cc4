"""What staff switch on a client: exemption from tax, and dunning."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.actions.client_flags import (
    end_exemption,
    exempt_client,
    set_api_rate,
    set_api_write_rate,
    turn_dunning_off,
    turn_dunning_on,
)
from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.tax.actions import add_tax_rule
from commerce.billing.tax.queries import taxation_for_client
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client

pytestmark = pytest.mark.django_db
LAST = AT.date() + timedelta(days=10)
SAY: dict[str, Any] = {"ctx": Context(AT, SYSTEM)}


@pytest.fixture
def client() -> Client:
    """In Germany, like the seller, where a rule says 19 %."""
    for key, value in (("tax.enabled", "on"), ("company.country", "DE")):
        set_setting(key=key, value=value, **SAY)
    add_tax_rule(country="DE", rate=19_000, category="S", valid_from=date(2020, 1, 1), **SAY)
    return make_client()


def taxed(client: Client, day: date) -> tuple[str, int, str]:
    [tax] = taxation_for_client(Client.objects.get(pk=client.pk), day).taxes(["hosting"])
    return tax.category, tax.rate_milli, tax.note


def test_an_exemption_holds_through_its_last_day(client: Client) -> None:
    exempt_client(client=client, reason="Embassy", until=LAST, **SAY)
    assert taxed(client, AT.date()) == taxed(client, LAST) == ("E", 0, "Embassy")
    assert taxed(client, LAST + timedelta(days=1))[:2] == ("S", 19_000)
    entry = AuditEntry.objects.get(action="client.exempted")
    assert entry.before == {
        "tax_exempt": False,
        "tax_exempt_reason": "",
        "tax_exempt_until": None,
    }
    assert entry.after == {
        "tax_exempt": True,
        "tax_exempt_reason": "Embassy",
        "tax_exempt_until": str(LAST),
    }
    assert (entry.record_kind, entry.record_id, entry.client_id) == ("client", client.pk, client.pk)
    assert (entry.reason, entry.staff_only) == ("Embassy", True)


def test_one_without_an_end_holds_until_it_is_lifted(client: Client) -> None:
    exempt_client(client=client, reason="Embassy", **SAY)
    assert taxed(client, date(2040, 1, 1)) == ("E", 0, "Embassy")
    end_exemption(client=client, reason="moved", **SAY)
    assert taxed(client, AT.date())[:2] == ("S", 19_000)
    with pytest.raises(BusinessError, match="This client isn't exempt"):
        end_exemption(client=client, reason="moved", **SAY)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "x" * 201}, "reason"),
        ({"until": AT.date() - timedelta(days=1)}, "until"),
    ],
)
def test_an_exemption_has_a_reason_and_a_day_to_come(wrong: dict[str, Any], field: str) -> None:
    client = make_client()
    with pytest.raises(BusinessError) as refused:
        exempt_client(client=client, **{"reason": "Embassy", **SAY} | wrong)
    assert refused.value.field == field
    assert not Client.objects.get(pk=client.pk).tax_exempt


def test_an_exemption_for_today_with_the_longest_reason() -> None:
    client, other = make_client(), make_client()
    later = AT + timedelta(minutes=1)
    exempt_client(client=client, reason="x" * 200, until=AT.date(), ctx=Context(later, SYSTEM))
    assert (client.tax_exempt, client.tax_exempt_until) == (True, AT.date())
    assert client.changed_at == later
    other.refresh_from_db()
    assert not other.tax_exempt
    with pytest.raises(BusinessError, match="This client isn't exempt"):
        end_exemption(client=other, reason="moved", **SAY)
    end_exemption(client=client, reason="moved", **SAY)
    assert (client.tax_exempt, client.tax_exempt_reason, client.tax_exempt_until) == (
        *(False, "", None),
    )
    assert AuditEntry.objects.get(action="client.exemption_ended").reason == "moved"


RATES = {"api_rate": set_api_rate, "api_write_rate": set_api_write_rate}


@pytest.mark.parametrize("kind", RATES)
@pytest.mark.parametrize("rate", [0, -1, 1_000_001])
def test_a_rate_that_cannot_be_is_refused(kind: str, rate: int) -> None:
    client = make_client()
    with pytest.raises(BusinessError) as refused:
        RATES[kind](client=client, rate=rate, **SAY)
    assert refused.value.field == "rate"
    client.refresh_from_db()
    assert getattr(client, kind) is None


@pytest.mark.parametrize("kind", RATES)
def test_a_rate_is_set_and_taken_away(kind: str) -> None:
    client = make_client()
    for rate in (1, 1_000_000, None):
        RATES[kind](client=client, rate=rate, **SAY)
        client.refresh_from_db()
        assert getattr(client, kind) == rate
    with pytest.raises(BusinessError, match="Nothing to change: all values are the same as before"):
        RATES[kind](client=client, rate=None, **SAY)
    noted = AuditEntry.objects.filter(action=f"client.{kind}_set").order_by("pk")
    assert [one.after for one in noted] == [{kind: rate} for rate in (1, 1_000_000, None)]


def test_dunning_is_switched_with_a_reason() -> None:
    client = make_client()
    revision = client.revision
    turn_dunning_off(client=client, reason="pays by the year", **SAY)
    assert (client.dunning, client.revision > revision) == (False, True)
    turn_dunning_on(client=client, reason="enough", **SAY)
    noted = AuditEntry.objects.filter(action__contains="dunning").order_by("pk")
    assert [(one.action, one.reason, one.before, one.after) for one in noted] == [
        ("client.dunning_off", "pays by the year", {"dunning": True}, {"dunning": False}),
        ("client.dunning_on", "enough", {"dunning": False}, {"dunning": True}),
    ]
