"""Invoices that staff write by hand (billing.md 2 and 3): their lines get the client's tax like all others.

A draft keeps what was typed. Its tax is only foreseen: on the day of issue rates, the client's address and the answers
about his number may be others, so it is found anew then, from the typed lines.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions.clients import hold
from commerce.accounts.models import Client
from commerce.billing.actions.drafts import change_draft, draft_invoice, stored_lines
from commerce.billing.actions.taxing import taxed, with_notice
from commerce.billing.models import Invoice, InvoiceLine
from commerce.billing.rules import OUTSIDE_SCOPE, Line, Tax
from commerce.billing.tax import taxation_for
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

LONGEST = 500
"""Characters of a typed description."""


@transaction.atomic
def draft_by_hand(
    *,
    client: Client,
    currency_code: str,
    lines: Sequence[Line],
    at: datetime,
    actor: Actor,
    notes: str = "",
    due_date: date | None = None,
) -> Invoice:
    """A manual draft; each line is taxed by its ``tax_kind`` as the rules of today say for this client.

    Raises ``Refused`` for a description that is too long.
    """
    _check(lines)
    taxation = taxation_for(client, current.business_date(at))
    return draft_invoice(
        client=client,
        kind=Invoice.Kind.MANUAL,
        currency_code=currency_code,
        lines=taxed(lines, taxation),
        notes=notes,
        due_date=due_date,
        prices_include_tax=taxation.prices_include_tax,
        evidence=taxation.evidence,
        at=at,
        actor=actor,
    )


@transaction.atomic
def change_by_hand(
    *,
    invoice: Invoice,
    at: datetime,
    actor: Actor,
    lines: Sequence[Line] | None = None,
    notes: str | None = None,
    due_date: date | None = None,
) -> None:
    """Other lines, notes or due date for a manual draft; what is None stays as it was typed.

    Raises ``Moved`` once it was issued, ``Refused`` for a draft that nobody wrote by hand.
    """
    if invoice.kind != Invoice.Kind.MANUAL:
        raise Refused(_("Only an invoice that was written by hand can be changed."))
    _check(lines or [])
    _tax(invoice, hold(invoice.client_id), lines, at, actor, notes=notes, due_date=due_date)


def tax_by_hand(*, draft: Invoice, client: Client, at: datetime, actor: Actor) -> None:
    """The tax of a manual draft is that of its issue: by today's rules, for the client as he is now.

    What it has to say about its tax joins the typed notes only here.
    """
    typed = typed_lines(draft)
    if any(line.tax_kind for line in typed):
        _tax(draft, client, typed, at, actor, issued=True)


def _tax(
    draft: Invoice,
    client: Client,
    lines: Sequence[Line] | None,
    at: datetime,
    actor: Actor,
    *,
    issued: bool = False,
    **changes: Any,
) -> None:
    taxation = taxation_for(client, current.business_date(at))
    if issued:
        changes["notes"] = with_notice(draft.notes, taxation)
    change_draft(
        invoice=draft,
        lines=taxed(typed_lines(draft) if lines is None else lines, taxation),
        prices_include_tax=taxation.prices_include_tax,
        evidence=taxation.evidence,
        at=at,
        actor=actor,
        **changes,
    )


def typed_lines(draft: Invoice) -> list[Line]:
    """The lines of a manual draft as they were typed; what was given a tax without a kind keeps it."""
    groups = {(row.category, row.rate_milli): row for row in draft.tax_groups.all()}

    def tax(row: InvoiceLine) -> Tax:
        if row.tax_kind or row.tax_category in (
            "O",
            "E",
        ):  # found by its kind, or typed as "no tax"
            return OUTSIDE_SCOPE
        group = groups[row.tax_category, row.tax_rate_milli]
        return Tax(group.category, group.rate_milli, group.name, group.note)

    return [
        Line(row.description, row.stated_unit, tax(row), row.quantity_milli, row.kind, row.tax_kind)
        for row in stored_lines(draft)
    ]


def _check(lines: Sequence[Line]) -> None:
    if any(len(line.description) > LONGEST for line in lines):
        raise Refused(
            _("A description has up to %(length)s characters.") % {"length": LONGEST}, field="lines"
        )
