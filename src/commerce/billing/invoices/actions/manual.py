"""Invoices that staff write by hand (billing.md 2 and 3): their lines get the client's tax like all others.

A draft keeps what was typed. Its tax is only foreseen: on the day of issue rates, the client's address and the answers
about their number may be others, so it is found anew then, from the typed lines.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.billing.invoices.actions.drafts import (
    change_draft,
    draft_invoice,
    lines_in_order,
    lock_draft,
)
from commerce.billing.invoices.rules import (
    NO_DAYS,
    OUTSIDE_SCOPE,
    BilledDays,
    DraftLine,
    InvoiceKind,
    InvoiceStatus,
    LineTax,
    SubjectKey,
)
from commerce.billing.models import Invoice, InvoiceLine, LineShare
from commerce.billing.tax.notices import append_tax_notice
from commerce.billing.tax.queries import taxation_for_client
from commerce.billing.tax.rules import apply_taxes
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings import current

MAX_DESCRIPTION_LENGTH = 500
"""Characters of a typed description."""


@transaction.atomic
def draft_manual_invoice(
    *,
    client: Client,
    currency_code: str,
    lines: Sequence[DraftLine],
    ctx: Context,
    notes: str = "",
    due_date: date | None = None,
) -> Invoice:
    """A manual draft; each line is taxed by its ``tax_kind`` as the rules of today say for this client. One that names
    a service of theirs with days is given back by a plan change like what was billed by itself.

    Raises ``BusinessError`` for a description that is too long, and for a service of another client.
    """
    _check(lines, client.pk)
    taxation = taxation_for_client(client, current.business_date(ctx.at))
    return draft_invoice(
        client=client,
        kind=InvoiceKind.MANUAL,
        currency_code=currency_code,
        lines=apply_taxes(lines, taxation),
        notes=notes,
        due_date=due_date,
        prices_include_tax=taxation.prices_include_tax,
        tax_evidence=taxation.evidence,
        ctx=ctx,
    )


def change_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why lines, notes and due date of an invoice cannot be changed."""
    if invoice.status != InvoiceStatus.DRAFT:
        return StateConflict("invoice.already_issued", is_moot=True)
    is_manual = invoice.kind == InvoiceKind.MANUAL
    return None if is_manual else StateConflict("invoice.not_manual", is_moot=True)


@transaction.atomic
def change_manual_draft(
    *,
    invoice: Invoice,
    ctx: Context,
    lines: Sequence[DraftLine] | None = None,
    notes: str | None = None,
    due_date: date | None = None,
) -> None:
    """Other lines, notes or due date for a manual draft; what is None stays as it was typed.

    Raises ``StateConflict`` once it was issued, and for a draft that nobody wrote by hand.
    """
    _check(lines or [], invoice.client_id)
    client = lock_client(invoice.client_id)
    if reason := change_blocked_reason(lock_draft(invoice, ctx), ctx):
        raise reason
    _tax(invoice, client, lines, ctx, notes=notes, due_date=due_date)


def retax_manual_draft(*, draft: Invoice, client: Client, ctx: Context) -> None:
    """The tax of a manual draft is that of its issue: by today's rules, for the client as they are now.

    What it has to say about its tax joins the typed notes only here.
    """
    typed = typed_lines(draft)
    if any(line.tax_kind for line in typed):
        _tax(draft, client, typed, ctx, issued=True)


def _tax(
    draft: Invoice,
    client: Client,
    lines: Sequence[DraftLine] | None,
    ctx: Context,
    *,
    issued: bool = False,
    **changes: Any,
) -> None:
    taxation = taxation_for_client(client, current.business_date(ctx.at))
    if issued:
        changes["notes"] = append_tax_notice(draft.notes, taxation, client)
    change_draft(
        invoice=draft,
        lines=apply_taxes(typed_lines(draft) if lines is None else lines, taxation),
        prices_include_tax=taxation.prices_include_tax,
        tax_evidence=taxation.evidence,
        ctx=ctx,
        **changes,
    )


def typed_lines(draft: Invoice) -> list[DraftLine]:
    """The lines of a manual draft as they were typed; what was given a tax without a kind keeps it."""
    groups = {(row.category, row.rate_milli): row for row in draft.tax_groups.all()}
    shares = LineShare.objects.filter(line__invoice=draft, service__isnull=False)
    share_by_line = {share.line_id: share for share in shares}

    def subject(row: InvoiceLine) -> SubjectKey | None:
        share = share_by_line.get(row.pk)
        return ("service", share.service_id) if share and share.service_id else None

    def days(row: InvoiceLine) -> BilledDays:
        share = share_by_line.get(row.pk)
        return BilledDays(share.period_start, share.period_end) if share else NO_DAYS

    def tax(row: InvoiceLine) -> LineTax:
        if row.tax_kind or row.tax_category in (
            "O",
            "E",
        ):  # found by its kind, or typed as "no tax"
            return OUTSIDE_SCOPE
        group = groups[row.tax_category, row.tax_rate_milli]
        return LineTax(group.category, group.rate_milli, group.name, group.note)

    return [
        DraftLine(
            row.description,
            row.stated_unit_amount,
            tax(row),
            row.quantity_milli,
            row.kind,
            row.tax_kind,
            subject(row),
            days=days(row),
        )
        for row in lines_in_order(draft)
    ]


def _check(lines: Sequence[DraftLine], client_id: int) -> None:
    if any(len(line.description) > MAX_DESCRIPTION_LENGTH for line in lines):
        raise BusinessError(
            "invoice.description_too_long", length=MAX_DESCRIPTION_LENGTH, field="lines"
        )
    if any(line.days != NO_DAYS and line.subject is None for line in lines):
        raise BusinessError("invoice.days_without_service", field="lines")
    named = {line.subject[1] for line in lines if line.subject is not None}
    own = Service.objects.for_client(client_id).filter(pk__in=named).values_list("pk", flat=True)
    if foreign := named - set(own):
        raise BusinessError("invoice.service_not_of_client", service=min(foreign), field="lines")
