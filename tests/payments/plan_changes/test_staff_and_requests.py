"""What staff do with money for a plan change: on its page, with a transfer, with unallocated money, by command."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from commerce.billing.models import PlanChange
from commerce.cli.root import commerce
from commerce.kit import clock
from commerce.payments.actions.transfer_notices import submit_transfer_notice_for_plan_change
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Payment
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_forms import send
from tests.payments.plan_changes.conftest import ASKED, CTX, TENTH, ledger, stands

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


@pytest.fixture
def bea() -> Iterator[HttpsTestClient]:
    """A browser of a super admin on the day of the request."""
    with clock.freeze_time(TENTH):
        yield staff_browser(make_staff("admin", "bea@example.com"))


def test_a_payment_is_recorded_on_the_page_of_the_request(
    bea: HttpsTestClient, change: PlanChange
) -> None:
    url = f"/admin/plan-changes/{change.pk}/record-payment"
    assert "20.00" in bea.get(url).content.decode()
    send(bea, url, amount="5.00", method="cash")
    assert (stands(change), ledger(change)) == (("awaiting_payment", None), [("overpayment", 500)])
    assert "15.00" in bea.get(url).content.decode()
    send(bea, url, amount="15.00", method="bank_transfer", reference="SEPA 1")
    assert stands(change) == ("applied", "paid")
    page = bea.get(f"/admin/payments/{Payment.objects.latest('pk').pk}").content.decode()
    assert "Large" in page


def test_the_reference_of_a_transfer_finds_the_request(
    bea: HttpsTestClient, change: PlanChange
) -> None:
    assert change.reference
    typed = f"{change.reference[:4]} {change.reference[4:].lower()}"
    found = bea.get("/admin/plan-changes", {"q": typed, "status": ""}).context["cl"].result_list
    assert list(found) == [change]


def test_a_transfer_that_was_reported_is_confirmed(
    bea: HttpsTestClient, change: PlanChange, transfers: None
) -> None:
    notice = submit_transfer_notice_for_plan_change(change=change, ctx=CTX)
    assert "Large" in bea.get("/admin/transfer-notices").content.decode()
    page = bea.get(f"/admin/transfer-notices/{notice.pk}").content.decode()
    assert change.reference
    assert change.reference in page
    send(bea, f"/admin/transfer-notices/{notice.pk}/confirm", reference="SEPA 1")
    notice.refresh_from_db()
    assert (notice.status, *stands(change)) == ("confirmed", "applied", "paid")


def test_unallocated_money_is_assigned_by_the_reference(
    bea: HttpsTestClient, change: PlanChange
) -> None:
    kept = record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id="SEPA 7",
        amount=ASKED,
        currency_code="EUR",
        received_on=TENTH.date(),
        reason="reference",
        ctx=CTX,
    )
    assert (
        send(bea, f"/admin/unallocated-payments/{kept.pk}/assign", to="RF00PC").status_code == 422
    )
    send(bea, f"/admin/unallocated-payments/{kept.pk}/assign", to=change.reference)
    assert stands(change) == ("applied", "paid")
    assert "Large" in bea.get(f"/admin/unallocated-payments/{kept.pk}").content.decode()


def test_by_command_twice_in_the_same_words_it_is_one(change: PlanChange) -> None:
    typed = ["payment", "record", f"{change.reference}", "20.00", "--reference", "SEPA 1"]
    with clock.freeze_time(TENTH):
        first = CliRunner().invoke(commerce, [*typed, "--json"])
        again = CliRunner().invoke(commerce, [*typed, "--json"])
    assert (first.exit_code, "The plan change is applied" in first.stderr) == (0, True)
    assert "already recorded" in again.stderr
    said = json.loads(again.stdout)
    change.refresh_from_db()
    assert (said["plan_change"], said["invoice"]) == (change.reference, f"{change.invoice}")
    assert (Payment.objects.count(), *stands(change)) == (1, "applied", "paid")
