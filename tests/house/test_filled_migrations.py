"""O4: migrations run over filled tables, backwards and forwards, and each data migration mends what it is there for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.apps import apps as apps_of_now
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation
from django.db.models import Max

from commerce.audit import guards
from commerce.billing.models import CancellationRequest, Invoice, PlanChange, PriceChange
from commerce.catalog.models import SharedRevision
from commerce.orders.actions.carts import open_cart
from commerce.orders.models import CartItem, Order
from commerce.payments.models import Attempt, BankDeclaration, StrayReceipt
from tests.audit import test_transitions as rows
from tests.house import test_uniqueness as keys
from tests.house.test_schema import migrated, own_migrations
from tests.make.people import AT, make_client
from tests.make.trade import make_product
from tests.make.world import make_world

OLD = {
    "accounts": "0008_wanted_billing_email",
    "billing": "0004_typed_into_drafts",
    "orders": "0003_products_in_carts_are_protected",
    "preferences": "0001_initial",
}
"""The state before the data migrations that have something to mend."""

NOTICE = "The VAT number DE123456789 could not be checked, so tax is charged."


def fill() -> None:
    """A company with rows in every table that a migration changes."""
    make_world()
    for model in (Attempt, BankDeclaration, StrayReceipt):
        rows.of_payments(model)
    rows.asked(PlanChange, **keys.CHANGE)
    rows.asked(CancellationRequest, kind="immediate", reason="Too dear")
    rows.asked(PriceChange, old_amount=1, amount=2, from_date=rows.DAY)
    for make in (
        *(rows.an_invitation, rows.a_reminder, rows.a_mail),
        *(keys.a_group_price, keys.an_option_price, keys.a_tld_price, keys.a_tax_rule),
        *(keys.a_token, keys.an_account, keys.a_late_fee),
    ):
        make()
    cart = open_cart(client=make_client(), at=AT)
    CartItem.objects.create(cart=cart, position=1, product=make_product(), billing_cycle="monthly")
    stopped = Order.objects.filter(status="pending").latest("pk")
    Order.objects.filter(pk=stopped.pk).update(status="fraud")
    Invoice.objects.filter(pk=stopped.invoice_id).update(is_stopped=True)
    Invoice.objects.filter(status="draft").update(due_date=date(2026, 5, 1))


def changed_later() -> set[str]:
    """Tables that a migration after their first one changes: those must have rows."""
    made = {
        (migration.app_label, operation.name_lower): migration.name
        for migration in own_migrations()
        for operation in migration.operations
        if isinstance(operation, migrations.CreateModel)
    }
    return {
        f"{migration.app_label}.{operation.model_name_lower}"
        for migration in own_migrations()
        for operation in migration.operations
        if isinstance(operation, FieldOperation | IndexOperation)
        and made[migration.app_label, operation.model_name_lower] != migration.name
    }


def empty() -> set[str]:
    return {
        model._meta.label_lower
        for model in apps_of_now.get_models()
        if not model._default_manager.exists()
    }


def to(**states: str) -> None:
    for label, name in states.items():
        call_command("migrate", label, name, verbosity=0)


def in_old_state() -> Any:
    """The models as they were before the data migrations."""
    return MigrationLoader(connection).project_state(list(OLD.items())).apps.get_model


type Models = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Case:
    """``taken_back`` looks after the way back, ``plant`` writes what an older release left, ``mended`` looks for it."""

    plant: Callable[[Models], None]
    mended: Callable[[Models], None]
    taken_back: Callable[[Models], None] = lambda _models: None


def type_into_a_draft(models: Models) -> None:
    models("preferences", "Setting").objects.create(key="tax.prices_include_tax", value=True)
    drafts = models("billing", "Invoice").objects.filter(status="draft", kind="manual")
    assert drafts.update(notes=f"Thank you.\n{NOTICE}")


def draft_keeps_what_was_typed(models: Models) -> None:
    draft = models("billing", "Invoice").objects.filter(status="draft").get()
    assert draft.notes == "Thank you."
    assert [line.typed_unit for line in draft.lines.all()] == [1200]


def draft_has_no_due_date(models: Models) -> None:
    assert models("billing", "Invoice").objects.get(status="draft").due_date is None


def hold_for_ever(models: Models) -> None:
    invoice = models("orders", "Order").objects.get(status="fraud").invoice
    models("billing", "Invoice").objects.filter(pk=invoice.pk).update(dunning_hold_until=date.max)


def invoice_is_stopped(models: Models) -> None:
    [stopped] = models("billing", "Invoice").objects.filter(is_stopped=True)
    assert stopped.pk == models("orders", "Order").objects.get(status="fraud").invoice_id
    assert stopped.dunning_hold_until is None


def invoice_is_held(models: Models) -> None:
    [held] = models("billing", "Invoice").objects.filter(dunning_hold_until=date.max)
    assert held.pk == models("orders", "Order").objects.get(status="fraud").invoice_id


def close_carts(models: Models) -> None:
    for status in ("open", "expired", "merged"):
        cart = models("orders", "Cart").objects.create(
            guest_key=status, status=status, currency_id="EUR", created_at=AT, changed_at=AT
        )
        models("orders", "CartItem").objects.create(
            cart=cart,
            position=1,
            action="transfer",
            domain="example.com",
            billing_cycle="annually",
            auth_code="sealed",
        )


def codes_are_forgotten(models: Models) -> None:
    items = models("orders", "CartItem").objects.values_list("cart__status", "auth_code")
    assert sorted(items) == [("expired", ""), ("open", "sealed")]


def take_stock(models: Models) -> None:
    items = models("orders", "OrderItem").objects
    for status in ("cancelled", "active"):
        assert items.filter(order__status=status).update(stock_taken=2)


def stock_is_back(models: Models) -> None:
    items = models("orders", "OrderItem").objects
    for status, taken in (("cancelled", 0), ("active", 2)):
        assert set(items.filter(order__status=status).values_list("stock_taken", flat=True)) == {
            taken
        }


def finish_twice(models: Models) -> None:
    for status in ("failed", "done", "done"):
        run = models("billing", "Run").objects.create(date=rows.DAY, started_at=AT, by="somebody")
        models("billing", "RunStep").objects.create(
            run=run, name="renew", status=status, started_at=AT
        )
    assert models("billing", "NumberSequence").objects.exists()


def dates_are_told(models: Models) -> None:
    steps = models("billing", "RunStep").objects.filter(run__date=rows.DAY).order_by("pk")
    assert list(steps.values_list("finishes", flat=True)) == [None, rows.DAY, None]
    last = models("billing", "Invoice").objects.aggregate(last=Max("issue_date"))["last"]
    told = dict(models("billing", "NumberSequence").objects.values_list("name", "last_date"))
    assert told["invoice"] == last


def charge_a_percentage(models: Models) -> None:
    settings = models("preferences", "Setting").objects
    for key, value in (("percent", 250), ("amount", {"EUR": 500})):
        settings.update_or_create(key=f"billing.late_fee_{key}", defaults={"value": value})


def the_amount_has_the_percentage(models: Models) -> None:
    fees = models("preferences", "Setting").objects.get(key="billing.late_fee_amount")
    assert fees.value == {"EUR": 500, "%": 250}


def use_a_token(models: Models) -> None:
    tokens = models("accounts", "ApiToken").objects.filter(last_used_from=None)
    assert tokens.update(last_used_at=AT, last_used_from="203.0.113.9")


def its_network_is_known(models: Models) -> None:
    tokens = models("accounts", "ApiToken").objects.exclude(last_used_from=None)
    known = models("accounts", "TokenNetwork").objects.values_list("token_id", "last_used_on")
    assert sorted(known) == [(token.pk, AT.date()) for token in tokens.order_by("pk")]


def change_a_cycle(models: Models) -> None:
    """A plan change began a period today; a year that was paid before it reaches beyond."""
    services = models("hosting", "Service").objects.filter(status="active")
    service = services.order_by("pk").first()
    day = AT.date()
    services.filter(pk=service.pk).update(
        billing_cycle="monthly", anchor_date=day, next_due_date=date(2026, 5, 8)
    )
    models("billing", "PlanChange").objects.create(
        client_id=service.client_id,
        service=service,
        product_id=service.product_id,
        billing_cycle="monthly",
        amount=901,
        credit=901,
        charge=901,
        status="applied",
        created_at=AT,
        ended_at=AT,
    )
    models("billing", "Claim").objects.create(
        service=service,
        invoice=models("billing", "Invoice").objects.filter(status="paid").first(),
        period_start=date(2026, 3, 1),
        period_end=date(2027, 3, 1),
        status="paid",
        created_at=AT,
        ended_at=AT,
    )


def change_says_what_it_bought(models: Models) -> None:
    change = models("billing", "PlanChange").objects.get(amount=901)
    [period] = change.bought["periods"]
    assert (period["start"], period["end"], period["net"]) == ("2026-04-08", "2026-05-08", 901)
    claims = models("billing", "Claim").objects.filter(service=change.service_id)
    assert claims.get(period_end=date(2027, 3, 1)).status == "released"


def bill_units(models: Models) -> None:
    units = models("orders", "OrderUnit").objects.filter(service__isnull=False)
    for unit in units.filter(item__order__invoice__isnull=False).select_related("item__order"):
        models("billing", "Billed").objects.get_or_create(
            invoice_id=unit.item.order.invoice_id, service_id=unit.service_id
        )


def units_say_what_they_paid(models: Models) -> None:
    billed = models("billing", "Billed").objects
    units = billed.filter(
        invoice__kind="order", invoice__order__isnull=False, service__isnull=False
    )
    told = [
        unit for unit in units if unit.shares
    ]  # the way back has made all lines of some one kind
    assert told
    for unit in told:
        lines = {line.position: line.kind for line in unit.invoice.lines.all()}
        own = {lines[position] for position, _amount in unit.shares}
        assert own <= {"item", "option", "discount"}


CASES = {
    "accounts.0010_known_networks_of_tokens": Case(use_a_token, its_network_is_known),
    "billing.0014_what_plan_changes_bought": Case(change_a_cycle, change_says_what_it_bought),
    "orders.0010_what_units_paid": Case(bill_units, units_say_what_they_paid),
    "billing.0005_keep_what_was_typed": Case(
        type_into_a_draft, draft_keeps_what_was_typed, draft_has_no_due_date
    ),
    "billing.0008_date_what_was_issued_and_finished": Case(finish_twice, dates_are_told),
    "orders.0004_stop_invoices_of_stopped_orders": Case(
        hold_for_ever, invoice_is_stopped, invoice_is_held
    ),
    "orders.0006_forget_codes_of_closed_carts": Case(close_carts, codes_are_forgotten),
    "orders.0007_stock_of_cancelled_orders_is_back": Case(take_stock, stock_is_back),
    "preferences.0003_percent_of_late_fees": Case(
        charge_a_percentage, the_amount_has_the_percentage
    ),
}
FIRST_ROWS = "catalog.0002_shared_revision_row"
"""Its row is there after each ``migrate``, so it finds one whichever way it goes."""


@pytest.fixture
def _up_to_date_again() -> Iterator[None]:
    """Whatever becomes of the test, the next ones have their tables."""
    yield
    call_command("migrate", verbosity=0)


def test_each_migration_of_data_is_tried() -> None:
    with_code = {
        f"{migration.app_label}.{migration.name}"
        for migration in own_migrations()
        for operation in migration.operations
        if isinstance(operation, migrations.RunPython | migrations.RunSQL)
    }
    assert with_code == {*CASES, FIRST_ROWS}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_up_to_date_again")
def test_filled_tables_go_back_to_their_first_form_and_forth_again() -> None:
    """As long as it takes: an installation has one database, and it is full."""
    fill()
    assert len(changed_later()) > 20
    assert changed_later() & empty() == set()
    numbers = sorted(Invoice.objects.exclude(number=None).values_list("number", "total"))
    to(**OLD)
    models = in_old_state()
    for case in CASES.values():
        case.taken_back(models)
    to(**dict.fromkeys(sorted(migrated()), "0001"))
    to(**OLD)
    with guards.retention():
        for case in CASES.values():
            case.plant(models)
    call_command("migrate", verbosity=0)
    for case in CASES.values():
        case.mended(apps_of_now.get_model)
    assert SharedRevision.objects.count() == 1
    assert guards.differences() == []
    assert sorted(Invoice.objects.exclude(number=None).values_list("number", "total")) == numbers
