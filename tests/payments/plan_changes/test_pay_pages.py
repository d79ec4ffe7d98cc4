"""The pages of a request, as a member pays it (portal.md 3, payments.md 3 and 9)."""

import re
from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.credit.actions import add_credit
from commerce.billing.models import PlanChange
from commerce.kit.context import SYSTEM, Context
from commerce.payments.models import Attempt, Payment, TransferNotice
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.browser import HttpsTestClient
from tests.make.cards import keep
from tests.make.jobs import run_jobs_but_documents
from tests.make.payments import switch_on_bank_transfer
from tests.payments.plan_changes.conftest import ask, make_upgradable, stands
from tests.portal.conftest import PortalCast, _still, cast

__all__ = ["_still", "cast"]
pytestmark = [pytest.mark.usefixtures("proven", "_still")]
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def change(cast: PortalCast, provider: FakeProvider) -> PlanChange:
    """Asked for on the first day of the period: all of it is charged."""
    return ask(make_upgradable(cast.client), at=make.AT)


@pytest.fixture
def owner(cast: PortalCast, change: PlanChange) -> HttpsTestClient:
    return cast.browse(cast.alice)


def text(answer: Any) -> str:
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"Request ID \w+", "", words)


def url(change: PlanChange, rest: str = "") -> str:
    return f"/client/plan-changes/{change.pk}{rest}"


def test_it_says_what_is_asked_for_and_until_when(
    owner: HttpsTestClient, change: PlanChange
) -> None:
    shown = text(owner.get(url(change)))
    assert "€30.00" in shown
    assert change.reference
    assert change.reference in shown
    assert "Apr 22, 2026" in shown
    assert "Pay now" in shown
    assert 'name="gateway"' not in owner.get(url(change, "/pay")).content.decode()


def test_from_the_list_to_the_changed_plan(
    owner: HttpsTestClient, change: PlanChange, provider: FakeProvider
) -> None:
    sent = owner.post(url(change, "/pay/fake"), follow=False)
    attempt = Attempt.objects.get()
    assert sent["Location"] == f"https://pay.example.net/{attempt.idempotency_key}"
    again = owner.post(url(change, "/pay/fake"), follow=False)
    assert (again["Location"], Attempt.objects.count()) == (sent["Location"], 1)
    provider.pay(attempt.reference or "")
    back = f"/client/payments/{attempt.pk}/return"
    assert "Confirming" in text(owner.get(back))
    run_jobs_but_documents(at=make.AT)
    for _reloaded in range(2):
        assert "View plan change" in text(owner.get(back))
    assert (stands(change), Payment.objects.count()) == (("applied", "paid"), 1)
    assert "The plan has changed." in text(owner.get(url(change)))
    assert owner.get(url(change, "/pay"), follow=False).status_code == 303


def test_a_saved_card_comes_first_and_is_charged_at_once(
    owner: HttpsTestClient, change: PlanChange, provider: FakeProvider
) -> None:
    card = keep(change.client, "card-1")
    page = owner.get(url(change, "/pay")).content.decode()
    assert 0 < page.index(card.name) < page.index("/pay/fake")
    stale = owner.post(url(change, "/charge"), {"card": card.pk, "amount": 2900}, follow=True)
    assert "The amount has changed" in text(stale)
    assert not Attempt.objects.exists()
    for _twice in range(2):
        sent = owner.post(url(change, "/charge"), {"card": card.pk, "amount": 3000}, follow=False)
    attempt = Attempt.objects.get()
    assert (attempt.kind, attempt.saved_card) == ("off_session", card)
    assert sent["Location"] == f"/client/payments/{attempt.pk}/return"
    assert "Refresh" in owner.get(sent["Location"])
    run_jobs_but_documents(at=make.AT)
    assert "View plan change" in text(owner.get(sent["Location"]))
    assert (stands(change), provider.calls.count("charge_saved")) == (("applied", "paid"), 1)


def test_a_card_that_is_declined_comes_back_to_the_list(
    owner: HttpsTestClient, change: PlanChange, provider: FakeProvider
) -> None:
    card = keep(change.client, "card-1")
    provider.declined["card-1"] = "Not enough funds."
    sent = owner.post(url(change, "/charge"), {"card": card.pk, "amount": 3000}, follow=False)
    run_jobs_but_documents(at=make.AT)
    page = owner.get(sent["Location"]).content.decode()
    assert "Not enough funds." in page
    assert f'href="{url(change, "/pay")}"' in page
    assert stands(change) == ("awaiting_payment", None)
    change.refresh_from_db()
    assert change.payment_expected_until is None


def test_a_transfer_is_explained_and_announced(owner: HttpsTestClient, change: PlanChange) -> None:
    switch_on_bank_transfer()
    page = owner.post(url(change, "/pay/bank_transfer"), follow=True)
    assert "DE89 3704 0044 0532 0130 00" in text(page)
    assert change.reference
    assert change.reference in page.content.decode()
    assert "<svg" in page.content.decode()
    owner.post(url(change, "/declare-transfer"))
    owner.post(url(change, "/declare-transfer"))
    assert TransferNotice.objects.get().plan_change == change
    assert "You reported this transfer" in text(owner.get(url(change, "/pay/bank_transfer")))


def test_credit_is_one_of_the_ways(owner: HttpsTestClient, change: PlanChange) -> None:
    how: dict[str, Any] = {"currency_code": "EUR", "note": "Sorry", "ctx": CTX}
    add_credit(client=change.client, amount=5000, idempotency_key="a", **how)
    assert "Your credit covers the full amount." in text(owner.get(url(change, "/pay")))
    owner.post(url(change, "/use-credit"))
    assert stands(change) == ("applied", "paid")


def test_credit_that_was_ticked_is_a_row_of_the_sum(
    owner: HttpsTestClient, change: PlanChange
) -> None:
    PlanChange.objects.filter(pk=change.pk).update(uses_credit=True)
    how: dict[str, Any] = {"currency_code": "EUR", "note": "Sorry", "ctx": CTX}
    add_credit(client=change.client, amount=300, idempotency_key="a", **how)
    page = text(owner.get(url(change)))
    assert "Credit balance −€3.00" in page
    assert f"Due now €{((change.total or 0) - 300) / 100:.2f}" in page


def test_it_is_taken_back(owner: HttpsTestClient, change: PlanChange) -> None:
    assert "was canceled" in text(owner.post(url(change, "/withdraw"), follow=True))
    assert stands(change) == ("withdrawn", None)
    assert "Pay now" not in text(owner.get(url(change)))


PAGES = ["", "/pay", "/pay/fake"]
POSTS = ["/pay/fake", "/charge", "/use-credit", "/declare-transfer", "/withdraw"]


def test_another_clients_is_as_none_and_a_member_without_the_right_is_told(
    cast: PortalCast, change: PlanChange
) -> None:
    charlie = cast.browse(cast.charlie)
    for path in PAGES:
        there, nowhere = (
            charlie.get(url(change, path)),
            charlie.get(f"/client/plan-changes/9999{path}"),
        )
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert text(there) == text(nowhere)
    for path in POSTS:
        assert charlie.post(url(change, path)).status_code == 404
    viewer = cast.browse(make.make_member(cast.client, rights=["services.view"]).user)
    assert viewer.get(url(change)).status_code == 200
    assert "Pay now" not in text(viewer.get(url(change)))
    for path in PAGES[1:]:
        assert viewer.get(url(change, path)).status_code == 403
    for path in POSTS:
        assert viewer.post(url(change, path)).status_code == 403
    assert not Attempt.objects.exists()


def test_after_its_last_day_nothing_can_be_paid(owner: HttpsTestClient, change: PlanChange) -> None:
    PlanChange.objects.update(last_day=(make.AT - timedelta(days=1)).date())
    answer = owner.post(url(change, "/pay/fake"), follow=True)
    assert "could be paid until" in text(answer)
    assert not Attempt.objects.exists()
