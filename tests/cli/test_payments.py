"""`commerce payment …`: what staff type, twice too, and what they are told."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from commerce.billing.models import CreditAccount
from commerce.cli.root import commerce
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.payments.models import Payment, Refund, TransferNotice, UnallocatedPayment
from tests import make
from tests.doubles.gateway import fake_gateway_on
from tests.make.payments import declare_transfer

pytestmark = pytest.mark.django_db

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *words: CliRunner().invoke(commerce, ["payment", *map(str, words)])


def test_a_payment_typed_twice_is_one_and_says_so(run: Run) -> None:
    invoice = make.make_invoice()
    typed = (
        "record",
        invoice.number,
        "12.00",
        "--reference",
        "STMT 7",
        "--received-on",
        "2026-04-08",
    )
    first = run(*typed)
    assert (first.exit_code, "is paid; the amount due is 0.00 EUR" in first.stderr) == (0, True)
    again = run(*typed, "--json")
    assert "already recorded" in again.stderr
    assert json.loads(again.stdout)["id"] == Payment.objects.get().pk
    assert (Payment.objects.get().transaction_id, Payment.objects.get().method) == (
        "STMT 7",
        "bank_transfer",
    )


def test_the_key_tells_alike_payments_apart(run: Run) -> None:
    invoice = make.make_invoice()
    for key in ("a", "b", "b"):
        assert (
            run("record", invoice.number, "1.00", "--method", "cash", "--key", key).exit_code == 0
        )
    assert Payment.objects.count() == 2


def test_an_invoice_is_found_by_its_payment_reference_and_id(run: Run) -> None:
    invoice = make.make_invoice()
    reference = invoice.payment_reference or ""
    for name in (f"{reference[:4]} {reference[4:]}".lower(), invoice.pk):
        assert run("record", name, "1.00", "--key", name).exit_code == 0
    done = run("record", "INV-9999", "1.00")
    assert (done.exit_code, "as an unallocated payment" in done.stderr) == (1, True)


def test_more_than_due_needs_a_second_word(run: Run) -> None:
    invoice = make.make_invoice()
    asked = run("record", invoice.number, "20.00")
    assert (asked.exit_code, "--yes" in asked.stderr) == (1, True)
    assert not Payment.objects.exists()
    assert run("record", invoice.number, "20.00", "--yes").exit_code == 0
    assert CreditAccount.objects.get().balance == 800


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "abc"])
def test_an_amount_that_is_none_is_refused(run: Run, amount: str) -> None:
    done = run("record", make.make_invoice().number, "--", amount)
    assert done.exit_code == 1
    assert not Payment.objects.exists()


def test_lists_one_payment_and_a_refund_to_credit(run: Run) -> None:
    payment = make.make_payment()
    assert "completed" in run("list").stdout
    for _ in range(2):
        done = run("refund", payment.pk, "--to-credit", "2.00", "--reason", "outage")
        assert done.exit_code == 0, done.stderr
    assert "CN-0001" in done.stdout
    assert CreditAccount.objects.get().balance == 200
    assert "outage" in run("show", payment.pk).stdout
    [refund] = json.loads(run("show", payment.pk, "--json").stdout)["refunds"]
    assert (refund["amount"], refund["currency_code"]) == (200, "EUR")
    assert run("refund", payment.pk, "--to-credit", "11.00", "--reason", "x").exit_code == 1


def test_an_unallocated_payment_is_kept_assigned_and_returned(run: Run) -> None:
    invoice = make.make_invoice()
    typed = ("unallocated", "record", "12.00", "eur", "--transaction")
    for name in ("T1", "T1", "T2"):
        assert run(*typed, name).exit_code == 0
    first, second = UnallocatedPayment.objects.order_by("id")
    assert run("unallocated", "assign", first.pk, "--to", invoice.number).exit_code == 0
    assert run("unallocated", "return", second.pk, "--note", "sent back").exit_code == 0
    assert run("unallocated", "list").stderr == "No unallocated payments.\n"
    assert [
        row["status"] for row in json.loads(run("unallocated", "list", "--all", "--json").stdout)
    ] == [
        "returned",
        "assigned",
    ]


def test_declared_transfers_are_confirmed_and_rejected(run: Run) -> None:
    for _ in range(2):
        declare_transfer(make.make_invoice())
    first, second = TransferNotice.objects.order_by("id")
    assert run("transfer-notice", "list").stdout.count("open") == 2
    done = run("transfer-notice", "confirm", first.pk, "12.00", "--reference", "STMT 8")
    assert done.exit_code == 0, done.stderr
    assert run("transfer-notice", "reject", second.pk, "--reason", "not found").exit_code == 0
    assert run("transfer-notice", "list").stderr == "No reported transfers.\n"
    assert run("transfer-notice", "reject", second.pk, "--reason", "x").exit_code == 1


def test_an_unallocated_payment_says_how_it_came_and_why_it_is_kept(run: Run) -> None:
    invoice = make.make_invoice()
    typed = (
        "unallocated",
        "record",
        "12.00",
        "usd",
        "--transaction",
        "cheque 7",
        "--method",
        "check",
    )
    done = run(*typed, "--invoice", invoice.number, "--reason", "currency")
    assert done.exit_code == 0, done.output
    kept = UnallocatedPayment.objects.get()
    assert (kept.gateway, kept.reason, kept.invoice) == ("manual", "currency", invoice)


def test_a_bounced_cheque_opens_its_invoice_again(run: Run) -> None:
    payment = make.make_payment(amount=1500)
    done = run("reverse", payment.pk, "--reason", "cheque bounced", "--yes")
    assert done.exit_code == 0, done.stderr
    assert "is due again" in done.stderr
    payment.refresh_from_db()
    assert (payment.status, payment.only_invoice().amount_due) == ("reversed", 1200)
    again = run("reverse", payment.pk, "--reason", "cheque bounced", "--yes")
    assert (again.exit_code, "money is still here" in again.stderr) == (1, True)
    assert run("reverse", payment.pk).exit_code == 2
    assert run("reverse", 999, "--reason", "x").exit_code == 1


@pytest.fixture
def at_fake() -> Iterator[Payment]:
    with fake_gateway_on(), clock.freeze_time(make.AT):
        yield make.make_payment(gateway="fake")


def test_a_part_goes_back_through_the_gateway_once(run: Run, at_fake: Payment) -> None:
    typed = ("refund", at_fake.pk, "--method", "gateway", "--amount", "5.00", "--reason", "late")
    refused = run(*typed)
    assert (refused.exit_code, "--yes" in refused.stderr) == (1, True)
    assert not Refund.objects.exists()
    for _ in range(2):
        done = run(*typed, "--yes", "--json")
        assert (done.exit_code, "in the background" in done.stderr) == (0, True)
    assert json.loads(done.stdout)["status"] == "requested"
    run_due_jobs(at=clock.now())
    assert Refund.objects.get().status == "accepted"
    shown = json.loads(run("show", at_fake.pk, "--json").stdout)
    assert [(one["amount"], one["method"]) for one in shown["refunds"]] == [(500, "gateway")]


def test_without_an_amount_all_that_is_left_goes_back(run: Run) -> None:
    payment = make.make_payment()
    run("refund", payment.pk, "--to-credit", "2.00", "--reason", "late")
    assert run("refund", payment.pk, "--method", "credit", "--reason", "late").exit_code == 0
    assert CreditAccount.objects.get().balance == 1200
    again = run("refund", payment.pk, "--method", "credit", "--reason", "late")
    assert (again.exit_code, "above 0" in again.stderr) == (1, True)


def test_a_bank_transfer_does_not_go_back_through_a_gateway(run: Run) -> None:
    payment = make.make_payment()
    done = run("refund", payment.pk, "--method", "gateway", "--reason", "late", "--yes")
    assert (done.exit_code, "Refund to credit instead" in done.stderr) == (1, True)


@pytest.mark.parametrize("words", [(), ("--method", "credit", "--to-credit", "1.00")])
def test_where_the_money_goes_is_said_once(run: Run, words: tuple[str, ...]) -> None:
    payment = make.make_payment()
    assert run("refund", payment.pk, "--reason", "late", *words).exit_code == 2
    assert not Refund.objects.exists()


def test_a_chargeback_that_the_bank_wrote_of(run: Run) -> None:
    payment = make.make_payment()
    typed = ("open-dispute", payment.pk, "--reason", "unknown", "--due-by", "2030-01-31")
    for _ in range(2):
        assert "was recorded" in run(*typed).stderr
    [made] = json.loads(run("dispute", "list", "--json").stdout)
    assert (made["amount"], made["status"], made["due_by"]) == (1200, "open", "2030-01-31")
    assert "Pass --yes to confirm" in run("dispute", "lost", made["id"]).stderr
    assert "is due again" in run("dispute", "lost", made["id"], "--yes").stderr
    assert run("dispute", "lost", made["id"], "--yes").exit_code == 1
    assert "counts again" in run("dispute", "won", made["id"]).stderr
    assert json.loads(run("dispute", "list", "--json").stdout) == []
    assert json.loads(run("dispute", "list", "--all", "--json").stdout)[0]["status"] == "won"
    assert json.loads(run("show", payment.pk, "--json").stdout)["disputes"][0]["status"] == "won"
    assert "not found" in run("dispute", "won", 999).stderr
