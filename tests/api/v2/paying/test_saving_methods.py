"""Payment methods that programs have saved: their holders agree and enter them, at the gateway (payments.md 7)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.kit.clock import freeze_time
from commerce.payments.actions.card_setups import REQUEST_LASTS, expire_card_setups
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.models import CardSetup, SavedCard
from commerce.payments.start_payment import start_card_setup
from tests.api.v2.posting import post
from tests.doubles.gateway import FakeProvider
from tests.make import make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, TODAY, at, keep
from tests.make.table_digests import table_digests

SCOPES = ["payments:write", "payment-methods:read"]


@pytest.fixture
def token(alice: Client, provider: FakeProvider) -> str:
    return make_token(alice, scopes=SCOPES)[1]


def ask(token: str, body: Any = None, query: str = "", key: str = "k") -> ApiAnswer:
    return post(f"/api/v2/payment-methods{query}", token, body or {}, Idempotency_Key=key)


def shown(answer: ApiAnswer, token: str) -> Any:
    assert answer.status == 202, answer.body
    return call_api(f"/api/v2/operations/{answer.json['data']['id']}", token).json["data"]


def begin(alice: Client) -> CardSetup:
    """The holder ticks the consent on our page, and goes to the gateway."""
    setup, _session = start_card_setup(
        client=alice,
        gateway="fake",
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=CTX,
    )
    return setup


def test_the_holder_saves_it_and_the_operation_leads_to_it(
    alice: Client, token: str, provider: FakeProvider
) -> None:
    before = table_digests()
    assert ask(token, query="?dry_run=true").json["data"]["status"] == "requires_action"
    assert table_digests() == before
    answer = ask(token)
    operation = shown(answer, token)
    assert (operation["act"], operation["status"]) == (
        "account.add_payment_method",
        "requires_action",
    )
    page = operation["next_action"]["url"]
    assert page.endswith("/client/payment-methods/add?gateway=fake")
    assert provider.calls == ["test"]  # of the account, when it was turned on
    assert CardSetup.objects.get().consent_text == ""

    setup = begin(alice)
    assert CardSetup.objects.get() == setup
    assert setup.consent_text == card_consent_text()
    assert shown(answer, token)["status"] == "requires_action"
    provider.save(str(setup.reference))
    report = registry.get_gateway("fake").fetch_card_setup(setup.reference or "")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    done, card = shown(answer, token), SavedCard.objects.get()
    assert (done["status"], done["next_action"]) == ("succeeded", None)
    assert done["result"]["kind"] == "payment_method"
    assert call_api(f"/api/v2/payment-methods/{card.pk}", token).status == 200
    assert done["result"]["url"].endswith(f"/api/v2/payment-methods/{card.pk}")


def test_nobody_came(alice: Client, token: str) -> None:
    answer = ask(token, {"gateway": "fake"})
    late = at(TODAY, int(REQUEST_LASTS / timedelta(minutes=1)))
    assert expire_card_setups(ctx=at(TODAY, 120)) == 0
    CardSetup.objects.update(expires_at=late.at)
    assert expire_card_setups(ctx=late) == 1
    operation = shown(answer, token)
    assert (operation["status"], operation["error"]["code"]) == ("failed", "card_setup.failed")
    assert operation["result"] is None


def test_another_request_takes_the_place_of_one_that_nobody_began(
    alice: Client, token: str
) -> None:
    first, second = ask(token), ask(token, key="k-2")
    assert (shown(first, token)["status"], shown(second, token)["status"]) == (
        "failed",
        "requires_action",
    )
    with freeze_time(CTX.at):
        begin(alice)
        third = ask(token, key="k-3")
    assert (third.status, third.json["code"]) == (409, "card_setup.under_way")
    assert shown(second, token)["status"] == "requires_action"


def test_another_gateway_or_an_eleventh_is_refused(alice: Client, token: str) -> None:
    refused = ask(token, {"gateway": "nowhere"})
    assert (refused.status, refused.json["code"]) == (422, "payment.gateway_not_offered")
    for number in range(10):
        keep(alice, f"card-{number}")
    assert ask(token).json["code"] == "saved_card.too_many"


def test_without_a_gateway_that_saves_any_it_says_so(alice: Client) -> None:
    token = make_token(alice, scopes=SCOPES)[1]
    assert ask(token).json["code"] == "payment.gateway_not_offered"
