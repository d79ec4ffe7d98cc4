"""Invoices that are reminded of in one act, for processes that are killed (backoffice.md 3)."""

import os
from collections import Counter
from datetime import date, timedelta
from typing import Any

from commerce.accounts.bulk_actions.actions import choose_records, start_bulk_action
from commerce.accounts.bulk_actions.rules import UNDO_TIME
from commerce.accounts.models import BulkAction, BulkItem
from commerce.audit.models import AuditEntry
from commerce.backoffice.bulk.engine import BulkRun
from commerce.backoffice.site import staff_site
from commerce.billing.models import Invoice
from commerce.jobs.job_states import requeue_lost_jobs
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import Actor, Context
from commerce.mail.models import OutgoingMail
from tests import make
from tests.make.staff import make_staff

INVOICES = int(os.environ.get("BULK_INVOICES", "24"))
CLIENTS = max(INVOICES // 250, 3)
LEASE = timedelta(minutes=3)


def prepare() -> None:
    """Open invoices of a few clients, and a draft, chosen by somebody who has started it."""
    clients = [make.make_client(company=f"Client {n}") for n in range(CLIENTS)]
    for number in range(INVOICES):
        make.make_invoice(clients[number % CLIENTS], due_date=date(2026, 5, 1))
    make.make_invoice(clients[0], "draft")
    Job.objects.all().delete()
    OutgoingMail.objects.all().delete()
    staff = make_staff()
    ctx = Context(make.AT, Actor("staff", staff.pk, str(staff)))
    bulk = choose_records(
        staff=staff,
        list_name="invoices",
        query="status=unpaid",
        act_key="invoice.remind",
        records=list(Invoice.objects.values_list("pk", "client_id")),
        ctx=ctx,
    )
    with clock.freeze_time(make.AT):
        BulkRun(bulk, staff_site).check()
    start_bulk_action(bulk=bulk, values={}, ctx=ctx)


def remind() -> None:
    """Work as workers do: what a dead one held is free when its lease is over; then the time for undo ends."""
    at = make.AT
    for _round in range(4):
        with clock.freeze_time(at):
            requeue_lost_jobs(at=at)
            run_due_jobs(at=at, limit=100_000)
        at += max(LEASE, UNDO_TIME)


def books() -> dict[str, Any]:
    """What became of each record, what the audit log says, and what the clients got."""
    told = OutgoingMail.objects.filter(event__in=("invoice_reminder", "open_invoices"))
    return {
        "status": BulkAction.objects.get().status,
        "outcomes": Counter(BulkItem.objects.values_list("outcome", flat=True)),
        "audit": AuditEntry.objects.filter(action="invoice.reminded").count(),
        "reminded": AuditEntry.objects.filter(action="invoice.reminded")
        .values("record_id")
        .distinct()
        .count(),
        "mails": Counter(
            f"{one.event} {one.status} {len(one.values['items'])}"
            if one.event == "open_invoices"
            else f"{one.event} {one.status}"
            for one in told
        ),
    }
