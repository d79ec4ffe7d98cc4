"""The demo company is what issue and documentation promise, and holds the invariants like any other business."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection, models, transaction
from pytest_django.plugin import DjangoDbBlocker

from commerce.accounts.models import Client, Membership, User
from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice, InvoiceLine, SettlementEntry
from commerce.billing.tax.accounting import rate_gaps
from commerce.demo.build import build_demo
from commerce.demo.cast import PASSWORD
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.periods import MONTHS_PER_CYCLE, period_number
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order, OrderItem, OrderUnit
from commerce.payments.gateways.registry import GATEWAY_CLASSES
from commerce.payments.gateways.test_card_double import SLUG
from commerce.payments.models import Payment
from commerce.proof.runner import run_proof
from commerce.runs.history import send_run_missing_email
from commerce.site_settings.actions import set_setting
from tests import databases
from tests.demo.expected_rows import COUNTED, NUMBERED, counts, numbered

ZONE, AT = databases.LEAP_DAY
TODAY = date(2028, 2, 29)


@pytest.fixture(scope="module")
def _demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo of that instant for all these tests: on SQLite a copy, on PostgreSQL built here."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            databases.load(databases.demo_of_leap_day() / "commerce.sqlite3")
            yield
            databases.load(databases.migrated())
        else:
            with transaction.atomic():
                before = Context(AT - timedelta(days=1000), SYSTEM)
                set_setting(key="billing.time_zone", value=ZONE, ctx=before)
                build_demo(at=AT)
                yield
                transaction.set_rollback(True)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_demo")]


def client(email: str) -> Client:
    return Client.objects.get(memberships__user__email=email, memberships__role="owner")


def statuses(rows: models.QuerySet[models.Model]) -> Counter[str]:
    return Counter(rows.values_list("status", flat=True))


def test_its_rows_are_those_of_any_other_day() -> None:
    assert counts() == COUNTED
    assert numbered() == NUMBERED
    assert str(Invoice.objects.exclude(number=None).latest("issued_at").issue_date) == "2028-02-28"


def test_alice_has_what_the_api_counts() -> None:
    alice = client("alice@example.com")
    assert (alice.name, alice.company) == ("Jane Smith", "Acme Hosting Ltd")
    assert statuses(Service.objects.for_client(alice)) == {
        "active": 27,
        "suspended": 4,
        "pending": 6,
        "cancelled": 10,
        "terminated": 5,
    }
    assert statuses(Invoice.objects.for_client(alice)) == {
        "paid": 28,
        "unpaid": 4,
        "overdue": 2,
        "cancelled": 3,
        "refunded": 1,
    }
    assert statuses(Order.objects.for_client(alice)) == {
        "active": 9,
        "pending": 1,
        "fraud": 1,
        "cancelled": 1,
    }
    assert statuses(Domain.objects.for_client(alice).shown_by_api()) == {
        "active": 3,
        "pending_transfer": 1,
        "expired": 1,
        "redemption": 1,
        "transferred_away": 1,
        "cancelled": 1,
        "fraud": 1,
    }
    assert Invoice.objects.filter(client=alice, status="draft").count() == 1
    assert Domain.objects.for_client(alice).filter(status="pending").count() == 1


def test_alice_has_every_cycle_and_currency() -> None:
    services = Service.objects.for_client(client("alice@example.com"))
    assert set(services.values_list("billing_cycle", flat=True)) == {*MONTHS_PER_CYCLE, "one_time"}
    for model in (Service, Invoice, Order):
        rows = model.objects.for_client(client("alice@example.com"))
        assert set(rows.values_list("currency_id", flat=True)) == {"USD", "JPY", "KWD"}


def test_alice_has_each_kind_of_amount() -> None:
    alice = client("alice@example.com")
    invoices = Invoice.objects.for_client(alice)
    lines = InvoiceLine.objects.filter(invoice__in=invoices)
    assert {(x.tax_category, x.tax_rate_milli) for x in lines} >= {
        ("S", 20000),
        ("S", 8875),
        ("AE", 0),
    }
    assert {1000, 2500} <= set(lines.values_list("quantity_milli", flat=True))
    assert lines.filter(amount__lt=0).exists()
    assert invoices.filter(credit_applied__gt=0).exists()
    assert invoices.filter(amount_due__gt=0, amount_due__lt=models.F("total")).exists()
    orders = Order.objects.for_client(alice)
    assert set(orders.values_list("promo_code", flat=True)) == {"", "PARTNER10", "SPRING20"}
    assert orders.filter(discount__gt=0).count() == 2
    items = OrderItem.objects.filter(order__in=orders)
    assert {"product", "register", "transfer"} == set(items.values_list("action", flat=True))
    assert items.filter(setup_fee__gt=0).exists()
    assert items.filter(qty__gt=1).exists()
    payments = Payment.objects.for_client(alice)
    assert set(statuses(payments)) == {"completed", "disputed", "refunded"}


def test_every_payment_came_by_a_method_that_the_product_has() -> None:
    """Cards and PayPal, of which there was no gateway, stood on its invoices."""
    gateways = set(Payment.objects.values_list("gateway", flat=True))
    assert gateways <= {*GATEWAY_CLASSES, SLUG}
    cards = Payment.objects.filter(gateway=SLUG)
    assert set(cards.values_list("card_brand", "card_last4")) == {
        ("visa", "4242"),
        ("mastercard", "4444"),
    }


def test_no_alarm_says_of_a_fresh_demo_that_the_daily_run_does_not_run() -> None:
    send_run_missing_email(at=AT + timedelta(hours=1))
    assert not OutgoingMail.objects.exists()


def test_every_invoice_has_its_tax_in_the_currency_of_the_books() -> None:
    """Rates were set once, before the first of them, and books that had none said nothing."""
    assert Invoice.objects.filter(accounting_tax__currency="EUR").count() > 10
    assert not Invoice.objects.exclude(missing_tax_currency="").exists()
    assert rate_gaps(TODAY) == []


def test_the_others_have_their_own() -> None:
    for email, status in (
        ("charlie@example.com", "active"),
        ("dora@example.com", "closed"),
        ("erik@example.com", "suspended"),
        ("frida@example.com", "active"),
    ):
        other = client(email)
        assert other.status == status
        for model in (Service, Invoice, Order):
            assert model.objects.for_client(other).exists()


def test_everybody_can_sign_in() -> None:
    from allauth.account.models import EmailAddress

    names = ["alice", "bob", "charlie", "dora", "erik", "frida", "grace", "sam", "bea"]
    users = User.objects.order_by("pk")
    assert [user.email for user in users] == [f"{name}@example.com" for name in names]
    assert all(user.email_verified_at for user in users)
    assert all(check_password(PASSWORD, stored) for stored in {user.password for user in users})
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(names)
    bob = Membership.objects.get(user__email="bob@example.com")
    assert (bob.client, bob.role) == (client("alice@example.com"), "billing")


def test_ids_and_numbers_are_fixed() -> None:
    """Counted from the first: PostgreSQL does not take back the ids of earlier tests."""
    first = Order.objects.order_by("pk")[0].pk
    orders = Order.objects.for_client(client("alice@example.com")).order_by("pk")
    ids = [order.pk - first + 1 for order in orders]
    assert ids == [1, 3, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17]
    numbers = Invoice.objects.exclude(number=None).order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [f"INV-{n:04d}" for n in range(1, len(numbers) + 1)]


def test_invoices_add_up() -> None:
    """M5, M8, M9 and M14 over all rows."""
    before = date.min
    for invoice in Invoice.objects.exclude(number=None).order_by("number"):
        lines, groups = invoice.lines.all(), invoice.tax_groups.all()
        assert sum(line.amount for line in lines) == invoice.subtotal
        assert sum(line.tax_amount for line in lines) == invoice.tax_amount
        assert sum(group.tax for group in groups) == invoice.tax_amount
        entries = SettlementEntry.objects.filter(invoice=invoice)
        settled = sum(entries.values_list("amount", flat=True))
        assert invoice.total - settled == invoice.amount_due
        assert (invoice.amount_due == 0) == (invoice.status not in ("unpaid", "overdue"))
        assert invoice.issue_date is not None
        assert invoice.issue_date >= before
        before = invoice.issue_date
        late = invoice.due_date is not None and invoice.due_date < TODAY
        assert not (invoice.status == "unpaid" and late)
        assert not (invoice.status == "overdue" and not late)


def test_orders_agree_with_invoices_and_units() -> None:
    for order in Order.objects.select_related("invoice"):
        assert order.invoice is not None
        assert order.total == order.invoice.total
        assert order.invoice.client_id == order.client_id
        for item in order.items.all():
            wanted = item.qty if item.action == "product" else 1
            assert item.units.count() == wanted
    assert OrderUnit.objects.filter(service=None).count() == Domain.objects.count()
    assert OrderUnit.objects.filter(domain=None).count() == Service.objects.count()


def test_services_are_due_when_a_period_starts() -> None:
    """S5, S6 and S9: what runs is due some day that a period starts on, and billed when that day is near."""
    for service in Service.objects.all():
        if service.status in ("pending", "cancelled", "terminated"):
            assert service.status == "pending" or service.next_due_date is None
            continue
        if service.billing_cycle == "one_time":
            assert service.next_due_date is None
            continue
        assert service.anchor_date is not None
        assert service.next_due_date is not None
        period_number(service.anchor_date, service.billing_cycle, service.next_due_date)
        if service.next_due_date <= TODAY + timedelta(days=7):
            open_ones = Invoice.objects.for_client(service.client_id).open()
            assert open_ones.filter(kind="renewal", currency_id=service.currency_id).exists()


def test_cancelled_orders_leave_nothing_behind() -> None:
    """S4."""
    for order in Order.objects.filter(status="cancelled"):
        services = Service.objects.filter(order_unit__item__order=order)
        assert set(services.values_list("status", flat=True)) == {"cancelled"}
        assert order.invoice is not None
        assert order.invoice.status == "cancelled"


def test_nothing_lies_in_the_future() -> None:
    assert AuditEntry.objects.latest("at").at < AT
    for model in (Service, Domain, Order, Invoice):
        assert model.objects.latest("changed_at").changed_at < AT


def test_names_are_only_those_reserved_for_examples() -> None:
    for name in Domain.objects.values_list("domain_name", flat=True):
        assert name.endswith(".example")


def test_documents_and_zones_are_left_to_the_worker_and_the_rest_is_done() -> None:
    waiting = Job.objects.exclude(status__in=["succeeded", "dropped"])
    transfer = {("domain.transfer", "parked")}  # the sandbox does it, where there is one
    left = {("documents.make", "queued"), ("zone.publish", "queued")}
    assert set(waiting.values_list("action", "status")) - transfer == left
    made = waiting.filter(status="queued", subject_kind="invoice").order_by("pk")
    newest_first = Invoice.objects.order_by("-pk").exclude(status="draft")
    assert [job.subject_id for job in made] == [invoice.pk for invoice in newest_first]
    assert not OutgoingMail.objects.exists()


def test_the_proof_holds() -> None:
    wrong = [one for one in run_proof(at=AT) if not one.holds]
    assert [offence.text for one in wrong for offence in one.violations] == []


def test_building_again_does_nothing() -> None:
    entries = AuditEntry.objects.count()
    assert build_demo(at=AT + timedelta(days=3)) is False
    assert AuditEntry.objects.count() == entries
