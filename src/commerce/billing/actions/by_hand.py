"""Invoices that staff write by hand (billing.md 2): their lines get the client's tax like all others."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.accounts.models import Client
from commerce.billing.actions.drafts import draft_invoice
from commerce.billing.actions.taxing import taxed, with_notice
from commerce.billing.models import Invoice
from commerce.billing.rules import Line
from commerce.billing.tax import taxation_for
from commerce.kit.actor import Actor
from commerce.preferences import current


@transaction.atomic
def draft_by_hand(
    *,
    client: Client,
    currency_code: str,
    lines: Sequence[Line],
    at: datetime,
    actor: Actor,
    notes: str = "",
) -> Invoice:
    """A manual draft; each line is taxed by its ``tax_kind`` as the rules of today say for this client."""
    taxation = taxation_for(client, current.business_date(at))
    return draft_invoice(
        client=client,
        kind=Invoice.Kind.MANUAL,
        currency_code=currency_code,
        lines=taxed(lines, taxation),
        notes=with_notice(notes, taxation),
        prices_include_tax=taxation.prices_include_tax,
        evidence=taxation.evidence,
        at=at,
        actor=actor,
    )
