"""Each condition of the statements over periods, terms and tax, by a row on either side of it."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import BilledPeriod, CreditNote, PlanChange
from commerce.db.triggers import allow_retention
from commerce.hosting.models import Service
from commerce.kit.periods import MONTHS_PER_CYCLE, add_months
from tests.make.company import PROOF_AT
from tests.make.people import AT
from tests.make.proof import told
from tests.make.records import make_draft
from tests.proof.faults import PLAIN, RENEWED
from tests.proof.forged import ORDERED, UNPAID
from tests.proof.planting import each, entry, explained, pk, plant, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_world")]
SETTLE = (
    "INSERT INTO billing_settlemententry (invoice_id, kind, source, amount, at)"
    " VALUES ({}, '{}', '{}', {}, '2026-04-20')"
)


def test_tax_of_a_group_is_rounded_half_away_from_zero() -> None:
    invoice = pk(UNPAID)
    for net, tax, wrong, line in (
        (3, 0, 0, 0),
        (4, 0, 1, 0),
        (2, 1, 1, 0),
        (5, 0, 1, 0),
        (6, 0, 1, 1),
        (-3, 0, 0, 0),
        (-4, 0, 1, 0),
        (-2, -1, 1, 0),
        (-6, 0, 1, 1),
        (1000, 200, 0, 0),
        (1000, 201, 1, 0),
        (1000, 199, 1, 0),
        (1000, 202, 1, 1),
        (1000, 198, 1, 1),
    ):
        with undone():
            plant(
                f"UPDATE billing_taxgroup SET net = {net}, tax = {tax} WHERE invoice_id = {invoice}; UPDATE"
                f" billing_invoiceline SET amount = {net}, tax_amount = {tax} WHERE invoice_id = {invoice}"
            )
            assert (told("M6", PROOF_AT), told("M6-lines", PROOF_AT)) == (wrong, line), (net, tax)


def test_the_lines_of_a_period() -> None:
    billed_period = BilledPeriod.objects.filter(status="open", service_id=pk(RENEWED))[0]
    line = billed_period.lines.get()
    term = f"UPDATE billing_billedperiod SET {{}} WHERE id = {billed_period.pk}"
    other = pk(PLAIN)
    each(
        "U18",
        "",
        (
            (term.format("tax = tax + 1"), True),
            (term.format("net = net - 1"), True),
            (f"UPDATE billing_invoiceline SET kind = 'item' WHERE id = {line.pk}", True),
        ),
    )
    each(
        "U18-lines",
        "",
        (
            (
                term.format(
                    "status = 'waived', ended_at = '2026-05-01', invoice_id = NULL, net = 0, tax = 0"
                ),
                True,
            ),
            (term.format(f"invoice_id = {other}"), True),
            (
                f"UPDATE billing_invoiceline SET kind = 'renewal' WHERE invoice_id = {make_draft().pk}",
                False,
            ),
        ),
    )
    line.pk, line.kind, line.position, line.amount, line.tax_amount = (
        None,
        "discount",
        50,
        -100,
        -20,
    )
    with undone(), allow_retention():
        line.save(force_insert=True)
        each("U18", "", (("", True), (term.format("net = net - 100, tax = tax - 20"), False)))
    with undone(), allow_retention():
        line.invoice_id = other
        line.save(force_insert=True)
        each("U18", "", (("", False),))
        each("U18-lines", "", (("", True),))


def test_what_is_billed_for_a_period_that_was_given_up() -> None:
    billed_period = BilledPeriod.objects.filter(status="open", service_id=pk(RENEWED))[0]
    invoice = f"UPDATE billing_invoice SET {{}} WHERE id = {billed_period.invoice_id}"
    start = (
        "UPDATE billing_billedperiod SET status = 'released', ended_at = '2026-04-20', net = 100, tax = 20"
        f" WHERE id = {billed_period.pk}"
    )
    each(
        "U18-released",
        start,
        (
            ("", True),
            (invoice.format("status = 'overdue'"), True),
            (invoice.format("status = 'refunded', amount_due = 0, paid_at = '2026-05-01'"), False),
            (SETTLE.format(billed_period.invoice_id, "payment", "x", 1), True),
            (SETTLE.format(billed_period.invoice_id, "reversal", "x", -1), False),
        ),
    )
    note = CreditNote.objects.all()[0]
    note.invoice_id = billed_period.invoice_id or 0
    for number, amount in (("CN-A", 70), ("CN-B", 50)):
        note.pk, note.number = None, number
        note.subtotal, note.tax_amount, note.total = amount, 0, amount
        note.save(force_insert=True)
    lower = f"UPDATE billing_creditnote SET subtotal = subtotal - 1, total = total - 1 WHERE id = {note.pk}"
    each("U18-released", start, (("", False), (lower, True)))
    paid = "UPDATE billing_billedperiod SET status = 'paid', ended_at = '2026-05-01' WHERE status = 'open'"
    paid += f" AND invoice_id = {billed_period.invoice_id}"
    each(
        "U18-states",
        paid,
        (
            ("", True),
            (invoice.format("status = 'overdue'"), True),
            (invoice.format("status = 'refunded', amount_due = 0, paid_at = '2026-05-01'"), False),
            (SETTLE.format(billed_period.invoice_id, "payment", "x", 1), True),
            (SETTLE.format(billed_period.invoice_id, "reversal", "x", -1), False),
        ),
    )


def change_of(service: int, **over: Any) -> str:
    """A change of plan that was applied; gives the start of a statement that changes it."""
    values: dict[str, Any] = {"status": "applied", "created_at": AT, "amount": 1, "credit": 0}
    one = Service.objects.get(pk=service)
    made = PlanChange.objects.create(
        client=one.client,
        service=one,
        product=one.product,
        billing_cycle="monthly",
        charge=0,
        **values | over,
    )
    return f"UPDATE billing_planchange SET {{}} WHERE id = {made.pk}"


def test_a_day_that_is_billed_twice() -> None:
    service = pk(RENEWED)
    first = BilledPeriod.objects.filter(status="open", service_id=service)[0]
    second = BilledPeriod.objects.create(
        service_id=service,
        period_start=first.period_end - timedelta(days=1),
        period_end=first.period_end + timedelta(days=30),
        status="waived",
        created_at=PROOF_AT,
        ended_at=PROOF_AT,
    )
    term = f"UPDATE billing_billedperiod SET {{}} WHERE id = {second.pk}"
    each(
        "U5-once",
        "",
        (
            ("", True),
            (term.format("status = 'released'"), False),
            (term.format(f"period_start = '{first.period_end}'"), False),
        ),
    )
    change = change_of(service, ended_at=PROOF_AT)
    made = f"(SELECT created_at FROM billing_billedperiod WHERE id = {first.pk})"
    each(
        "U5-once",
        "",
        (
            ("", False),
            (change.format(f"ended_at = {made}"), False),
            (change.format("ended_at = '2026-04-01'"), True),
            (change.format("ended_at = '2026-05-20'"), True),
            (change.format("status = 'withdrawn'"), True),
            (change.format(f"service_id = {pk(ORDERED)}"), True),
        ),
    )


def test_a_day_that_its_order_paid() -> None:
    service = Service.objects.get(pk=pk(ORDERED))
    assert service.activated_on
    item = service.order_unit.item_id
    units = f"(SELECT service_id FROM orders_orderunit WHERE item_id = {item})"
    plant(
        f"UPDATE billing_billedperiod SET status = 'released', ended_at = '2026-05-01' WHERE service_id IN {units}"
    )
    billed_period = BilledPeriod.objects.create(
        service=service,
        period_start=service.activated_on,
        period_end=add_months(service.activated_on, 1),
        status="waived",
        created_at=PROOF_AT,
        ended_at=PROOF_AT,
    )
    bought = f"UPDATE orders_orderitem SET billing_cycle = '{{}}' WHERE id = {item}"
    invoice = service.order_unit.item.order.invoice_id
    term = f"UPDATE billing_billedperiod SET {{}} WHERE id = {billed_period.pk}"
    for cycle, months in MONTHS_PER_CYCLE.items():
        after = add_months(service.activated_on, months)
        until = add_months(after, 1)
        each(
            "U5-once",
            bought.format(cycle),
            (
                (term.format(f"period_start = '{after}', period_end = '{until}'"), False),
                (
                    term.format(
                        f"period_start = '{add_months(after, -1)}', period_end = '{until}'"
                    ),
                    True,
                ),
            ),
        )
    each(
        "U5-once",
        "",
        (
            ("", True),
            (term.format("status = 'released'"), False),
            (f"UPDATE billing_invoice SET status = 'cancelled' WHERE id = {invoice}", False),
            (f"UPDATE billing_invoice SET status = 'refunded' WHERE id = {invoice}", False),
        ),
    )
    explained("U5-once", "", "service.edited", service.pk)
    explained("U5-once", "", "service.overridden", service.pk)
    change = change_of(service.pk, ended_at=PROOF_AT)
    each(
        "U5-once",
        "",
        (
            ("", False),
            (change.format("ended_at = '2026-04-01'"), False),
            (change.format("ended_at = '2026-05-20'"), True),
            (change.format("status = 'withdrawn'"), True),
            (change.format(f"service_id = {pk(RENEWED)}"), True),
        ),
    )


def test_the_day_from_which_periods_count() -> None:
    service = pk(RENEWED)
    terms = f"UPDATE hosting_service SET {{}} WHERE id = {service}"
    off = "status = 'suspended', suspended_at = '2026-05-02', suspension_reason = 'staff'"
    each(
        "S10-anchor",
        terms.format("anchor_date = '2026-04-09'"),
        (
            ("", True),
            (terms.format(off), True),
            (
                terms.format(
                    "status = 'cancelled', cancelled_at = '2026-05-02', next_due_date = NULL"
                ),
                False,
            ),
            (terms.format("registration_date = '2026-04-09'"), False),
            (terms.format("registration_date = NULL"), True),
            (terms.format("registration_date = NULL, anchor_date = NULL"), False),
            (terms.format("created_at = '2020-01-01'"), False),
        ),
    )
    start = terms.format("anchor_date = '2026-04-09'")
    with undone():
        one = entry("service.edited", service, after={"anchor_date": "2026-04-09"})
        away = f"UPDATE audit_auditentry SET {{}} WHERE {one}"
        each(
            "S10-anchor",
            start,
            (
                ("", False),
                (away.format("record_kind = 'x'"), True),
                (away.format("record_id = -1"), True),
            ),
        )
    for action, before, after, wrong in (
        ("service.edited", {"anchor_date": "2026-04-09"}, {}, True),
        ("service.edited", {}, {"anchor_date": "2026-04-10"}, True),
        ("service.edited", {"billing_cycle": "monthly"}, {"billing_cycle": "annually"}, True),
        (
            "service.plan_changed",
            {"billing_cycle": "monthly"},
            {"billing_cycle": "annually"},
            False,
        ),
        ("service.plan_changed", {"billing_cycle": "monthly"}, {"billing_cycle": "monthly"}, True),
    ):
        with undone():
            entry(action, service, before=before, after=after)
            each("S10-anchor", start, (("", wrong),))
    for first, last in (("2026-04-10", "2026-04-09"), ("2026-04-09", "2026-04-10")):
        with undone():
            entry("service.edited", service, after={"anchor_date": first})
            entry("service.edited", service, after={"anchor_date": last})
            each("S10-anchor", start, (("", last != "2026-04-09"),))


def test_what_a_service_costs() -> None:
    service = pk(ORDERED)
    cost = f"UPDATE hosting_service SET amount = {{}} WHERE id = {service}"
    for action in ("edited", "plan_changed", "price_changed", "created", "noted"):
        with undone():
            entry(f"service.{action}", service, after={"amount": 7})
            each("S10-amount", cost.format(7), (("", action == "noted"),))
    with undone():
        one = entry("service.edited", service, after={"amount": 7})
        away = f"UPDATE audit_auditentry SET record_kind = 'x' WHERE {one}"
        each("S10-amount", cost.format(7), ((away, True),))
    plant("UPDATE audit_auditentry SET after = '{}' WHERE action = 'service.created'")
    item = Service.objects.get(pk=service).order_unit.item_id
    terms = "UPDATE orders_orderitem SET unit_amount = 1000, qty = 3, group_discount = 300, promo_discount = {}"
    terms += f" WHERE id = {item}"
    units = "UPDATE hosting_service SET amount = {} WHERE id IN"
    units += f" (SELECT service_id FROM orders_orderunit WHERE item_id = {item})"
    for promo, amount, wrong in (
        (0, 900, False),
        (0, 901, True),
        (0, 899, True),
        (1, 900, False),
        (1, 899, False),
        (100, 868, True),
        (100, 867, False),
        (100, 866, False),
        (100, 865, True),
        (99, 866, False),
        (99, 865, True),
        (99, 868, False),
        (99, 869, True),
    ):
        each("S10-amount", terms.format(promo), ((units.format(amount), wrong),))


def test_the_cost_of_a_service_older_than_the_audit_log_is_not_judged() -> None:
    """Retention deletes the entries that said why a price is another than the one ordered."""
    service = pk(ORDERED)
    plant(f"UPDATE hosting_service SET amount = 7 WHERE id = {service}")
    plant("UPDATE audit_auditentry SET after = '{}' WHERE action = 'service.created'")
    assert told("S10-amount") == 1
    born = Service.objects.get(pk=service).created_at
    with allow_retention():
        AuditEntry.objects.filter(at__lte=born).delete()
    assert told("S10-amount") == 0
