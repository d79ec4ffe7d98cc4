"""`commerce credit refund`: credit goes back to the payments behind it, once."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.cli.root import commerce
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.models import Payment, Refund
from tests import make
from tests.doubles.gateway import FakeProvider

pytestmark = pytest.mark.django_db


def run(*words: object) -> Result:
    return CliRunner().invoke(commerce, ["credit", "refund", *(str(word) for word in words)])


@pytest.fixture
def payment(provider: FakeProvider) -> Payment:
    assert provider
    at = clock.now() - timedelta(days=1)
    found = make.make_payment(make.make_invoice(at=at), gateway="fake", at=at)
    credit_invoice(invoice=found.invoice, amount=500, reason="downgrade", ctx=Context(at, SYSTEM))
    return found


def test_it_is_sent_once_however_often_it_is_typed(payment: Payment) -> None:
    words = (payment.client_id, "--reason", "downgraded", "--yes")
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    [row] = json.loads(done.stdout)
    assert (row["payment"], row["status"], row["amount"]) == (payment.pk, "requested", 500)
    again = run(*words)
    assert (again.exit_code, "Already done" in again.output) == (0, True)
    assert Refund.objects.get().is_paid_back


def test_more_is_a_payout_and_nothing_is_sent_unasked(payment: Payment) -> None:
    words = (payment.client_id, "--reason", "downgraded")
    more = run(*words, "--amount", "5.01", "--yes")
    assert (more.exit_code, "Record a payout for the rest" in more.output) == (1, True)
    unasked = run(*words)
    assert (unasked.exit_code, f"Payment {payment.pk} (Fake): up to" in unasked.output) == (1, True)
    assert not Refund.objects.exists()
