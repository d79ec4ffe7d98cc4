"""Each condition of the statements over reminders, what is billed or has ended, and documents."""

from datetime import timedelta

import pytest

from commerce.billing.models import BilledPeriod, Document, LateFee, Reminder
from commerce.hosting.models import Service
from tests.make.company import PROOF_AT
from tests.make.people import AT
from tests.make.proof import told
from tests.make.records import make_domain, make_draft
from tests.proof.faults import PLAIN, RENEWED
from tests.proof.forged import UNPAID
from tests.proof.planting import awaited, each, pk, plant, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_world")]


def test_a_reminder_that_nothing_says() -> None:
    sent = Reminder.objects.filter(status="sent").latest("pk")
    say = f"UPDATE audit_auditentry SET {{}} WHERE action = 'invoice.reminded' AND record_id = {sent.invoice_id}"
    skip = "INSERT INTO billing_reminder (invoice_id, step, status, at) VALUES ({}, {}, '{}', {})"
    quoted = """'{"step": 60}'"""
    at, other = f"(SELECT at FROM billing_reminder WHERE id = {sent.pk})", pk(UNPAID)
    each(
        "U11-reminders",
        f"UPDATE billing_reminder SET step = 60 WHERE id = {sent.pk}; {say.format('after = ' + quoted)}",
        (
            (say.format("record_kind = 'x'"), True),
            (say.format("record_id = -1"), True),
            (say.format("action = 'invoice.other'"), True),
            (say.format("at = '2026-04-30 01:01:01'"), True),
            (say.format("after = '{\"step\": 77}'"), True),
            (f"UPDATE billing_reminder SET at = '2026-01-01' WHERE id = {sent.pk}", True),
            (skip.format(pk(f"({make_draft().pk})"), 1, "skipped", "'2026-01-01'"), True),
            (skip.format(sent.invoice_id, 50, "skipped", at), False),
            (skip.format(sent.invoice_id, 99, "skipped", at), True),
            (skip.format(sent.invoice_id, 50, "skipped", "'2026-05-01 01:01:01'"), True),
            (skip.format(other, 50, "skipped", at), True),
            (
                f"{skip.format(other, 85, 'skipped', at)}; {skip.format(other, 86, 'skipped', at)}",
                True,
            ),
        ),
    )


def test_a_fee_that_is_none() -> None:
    link = LateFee.objects.get()
    fee = f"UPDATE billing_invoice SET {{}} WHERE id = {link.invoice_id}"
    late = f"UPDATE billing_invoice SET {{}} WHERE id = {link.late_invoice_id}"
    issued = f"{link.invoice.issued_at:%Y-%m-%d %H:%M:%S}"
    each(
        "U11-fees",
        "",
        (
            (fee.format("kind = 'manual'"), True),
            (fee.format("currency_code = 'USD'"), True),
            (late.format("kind = 'late_fee'"), True),
            (late.format("client_id = (SELECT max(id) FROM accounts_client)"), True),
            (late.format(f"issued_at = '{issued}'"), False),
            (late.format("issued_at = '2026-05-02'"), True),
            (f"UPDATE billing_invoice SET kind = 'late_fee' WHERE id = {make_draft().pk}", False),
            (f"UPDATE billing_invoice SET kind = 'late_fee' WHERE id = {pk(UNPAID)}", True),
        ),
    )


def test_a_service_that_nobody_bills() -> None:
    service = pk(RENEWED)
    start = f"UPDATE billing_billedperiod SET status = 'released', ended_at = '2026-04-20' WHERE service_id = {service}"
    terms = f"UPDATE hosting_service SET {{}} WHERE id = {service}"
    client = Service.objects.get(pk=service).client_id
    each(
        "S6",
        start,
        (
            ("", True),
            (terms.format("amount = 0"), False),
            (terms.format("amount = 1"), True),
            (terms.format("next_due_date = '2026-05-09'"), False),
            (terms.format("changed_at = '2026-05-01 00:00:00'"), False),
            (terms.format("cancel_at = '2026-05-08'"), False),
            (terms.format("cancel_at = '2026-05-07'"), False),
            (terms.format("cancel_at = '2026-05-09'"), True),
            (
                terms.format(
                    "status = 'suspended', suspended_at = '2026-04-20', suspension_reason = 'staff'"
                ),
                True,
            ),
            (f"UPDATE accounts_client SET status = 'closed' WHERE id = {client}", False),
            (
                f"UPDATE billing_billedperiod SET ended_at = '2026-05-01 00:00:00' WHERE service_id = {service}",
                False,
            ),
        ),
    )
    awaited("S6", start, "service", service, "service.terminate", parked=True)


def test_a_period_that_is_still_billed() -> None:
    service = pk(RENEWED)
    end = f"UPDATE hosting_service SET {{}} WHERE id = {service}"
    over = end.format(
        "status = 'cancelled', cancelled_at = '2026-04-20 12:00:00', next_due_date = NULL"
    )
    done = "UPDATE billing_billedperiod SET status = 'paid', ended_at = '2026-05-01' WHERE status = 'open'"
    done += f" AND service_id = {service}"
    each(
        "S7",
        over,
        (
            ("", True),
            (end.format("cancelled_at = '2026-05-09 12:00:00'"), False),
            (done, False),
        ),
    )
    each("S7", end.format("cancelled_at = '2026-04-20 12:00:00'"), (("", False),))
    name = make_domain().pk
    billed_period = BilledPeriod.objects.create(
        domain_id=name,
        invoice_id=pk(UNPAID),
        period_start=PROOF_AT.date(),
        period_end=PROOF_AT.date() + timedelta(days=365),
        created_at=AT,
    )
    start = "UPDATE domains_domain SET next_due_date = NULL, status = 'cancelled', changed_at = '2026-05-01'"
    start += f" WHERE id = {name}"
    change = f"UPDATE domains_domain SET {{}} WHERE id = {name}"
    each(
        "S7",
        start,
        (
            ("", True),
            (change.format("status = 'transferred_away'"), True),
            (change.format("status = 'fraud'"), False),
            (change.format("changed_at = '2026-05-02 00:00:00'"), False),
            (
                f"UPDATE billing_billedperiod SET status = 'paid', ended_at = '2026-05-01' WHERE id ="
                f" {billed_period.pk}",
                False,
            ),
        ),
    )
    each("S7", change.format("changed_at = '2026-05-01'"), (("", False),))
    plan = (
        "INSERT INTO billing_pricechange (client_id, domain_id, old_amount, amount, parts, options, from_date,"
        " status, reason, created_at) SELECT client_id, id, 1, 2, '{}', '[]', '2026-05-02', 'planned', '',"
        f" '2026-03-01' FROM domains_domain WHERE id = {name}"
    )
    each(
        "S6-prices",
        plan,
        (
            ("", True),
            ("UPDATE billing_pricechange SET from_date = '2026-05-03'", False),
            ("UPDATE billing_pricechange SET status = 'applied', ended_at = '2026-05-01'", False),
            (
                "UPDATE billing_billedperiod SET status = 'released', ended_at = '2026-05-01'"
                f" WHERE id = {billed_period.pk}",
                False,
            ),
        ),
    )


def test_a_paid_renewal_of_a_name_that_waits() -> None:
    name = make_domain()
    assert name.expiry_date
    billed_period = BilledPeriod.objects.create(
        domain=name,
        status="waived",
        period_start=name.expiry_date,
        period_end=name.expiry_date + timedelta(days=365),
        created_at=AT,
        ended_at=AT,
    )
    term = f"UPDATE billing_billedperiod SET {{}} WHERE id = {billed_period.pk}"
    state = f"UPDATE domains_domain SET {{}} WHERE id = {name.pk}"
    day = f"{PROOF_AT - timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    week = PROOF_AT.date() + timedelta(days=7)
    each(
        "S10-renewals",
        "",
        (
            ("", True),
            (term.format(f"status = 'paid', invoice_id = {pk(UNPAID)}"), True),
            (term.format("status = 'released'"), False),
            (state.format("status = 'expired'"), True),
            (state.format("status = 'redemption'"), True),
            (state.format("status = 'cancelled', next_due_date = NULL"), False),
            (term.format(f"period_start = '{name.expiry_date - timedelta(days=1)}'"), False),
            (term.format(f"ended_at = '{day}'"), False),
            (
                f"{term.format(f"ended_at = '{day}'")}; {state.format(f"expiry_date = '{week}'")}",
                True,
            ),
            (
                f"{term.format(f"ended_at = '{day}'")};"
                f" {state.format(f"expiry_date = '{week + timedelta(days=1)}'")}",
                False,
            ),
        ),
    )
    for status in ("expired", "redemption"):
        each("S5-names", "", ((state.format(f"status = '{status}'"), False),))
        each(
            "S5-names",
            state.format(f"status = '{status}'"),
            ((state.format("expiry_date = '2028-01-01'"), True),),
        )


def test_documents_that_are_missing_or_plain() -> None:
    assert told("M15-unmade", PROOF_AT)
    plant("UPDATE billing_invoice SET issued_at = '2026-05-02 20:00:00' WHERE number IS NOT NULL")
    assert told("M15-unmade", PROOF_AT), "credit notes"
    plant("UPDATE billing_creditnote SET issued_at = '2026-05-02 20:00:00'")
    assert not told("M15-unmade", PROOF_AT)
    note, invoice = pk("(SELECT min(id) FROM billing_creditnote)"), pk(PLAIN)
    day = f"{PROOF_AT - timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    for table, column, record in (
        ("billing_invoice", "invoice_id", invoice),
        ("billing_creditnote", "credit_note_id", note),
    ):
        with undone():
            made = Document.objects.all()[0]
            made.pk, made.form, made.invoice_id, made.credit_note_id = None, "pdf", None, None
            made.problem, made.made_at = "", AT
            setattr(made, column, record)
            made.save(force_insert=True)
            change = f"UPDATE billing_document SET {{}} WHERE id = {made.pk}"
            other = f"(SELECT max(id) FROM {table})"
            each(
                "M15-unmade",
                f"UPDATE {table} SET issued_at = '2026-04-08' WHERE id = {record}",
                (
                    ("", False),
                    (change.format("form = 'xml'"), True),
                    (change.format(f"{column} = {other}"), True),
                    (f"DELETE FROM billing_document WHERE id = {made.pk}", True),
                ),
            )
            each(
                "M15-unmade",
                f"UPDATE {table} SET issued_at = '{day}' WHERE id = {record}",
                (("", False),),
            )
            week = f"{PROOF_AT - timedelta(days=7):%Y-%m-%d %H:%M:%S}"
            plant("UPDATE billing_document SET problem = ''")
            each(
                "M15-einvoice",
                change.format(f"problem = 'BR-1', made_at = '{week}'"),
                (
                    ("", True),
                    (change.format("form = 'xml'"), False),
                    (change.format("problem = ''"), False),
                    (
                        change.format(
                            f"made_at = '{PROOF_AT - timedelta(days=7, seconds=1):%Y-%m-%d %H:%M:%S}'"
                        ),
                        False,
                    ),
                ),
            )
