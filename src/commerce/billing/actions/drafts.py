"""Drafts: invoices that are not yet a claim, and invisible to the client."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.audit.inserting import insert
from commerce.billing.models import Billed, Claim, Invoice, InvoiceLine, TaxGroup
from commerce.billing.rules import ClaimKey, Line, Priced, PricedLine, price
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.kit.money import exponent, round_half_up

Claims = Mapping[ClaimKey, tuple[date, date]]
Shares = Mapping[int, list[list[int]]]
_NONE: Shares = {}


@transaction.atomic
def draft_invoice(
    *,
    client: Client,
    kind: str,
    currency_code: str,
    lines: Sequence[Line],
    at: datetime,
    actor: Actor,
    notes: str = "",
    due_date: date | None = None,
    prices_include_tax: bool = False,
    evidence: Mapping[str, Any] | None = None,
    billed_services: Iterable[int] = (),
    billed_domains: Iterable[int] = (),
    claims: Claims | None = None,
    shares: Shares | None = None,
) -> Invoice:
    """A draft with its lines and their tax; it has no number and can still be deleted.

    ``claims`` are the periods, first day and first day of the next, that its renewal lines bill. ``shares`` say what
    lines hold of which of the billed services (``Billed.shares``). Raises ``Refused``
    when there is no line, or the discounts of a tax group are larger than what they discount; ``Moved`` when a period
    is billed already.
    """
    touch(client.pk)
    invoice = write_draft(
        client=client,
        kind=kind,
        currency_code=currency_code,
        priced=_priced(lines, prices_include_tax=prices_include_tax),
        at=at,
        notes=notes,
        due_date=due_date,
        evidence=evidence or {},
        claims=claims or {},
    )
    _bill(invoice, billed_services, billed_domains, shares or {})
    record(
        at=at,
        actor=actor,
        action="invoice.drafted",
        record=("invoice", invoice.pk),
        client_id=client.pk,
        after={"kind": kind, "currency": currency_code, "total": invoice.total},
        staff_only=True,  # for its client there are no drafts
    )
    return invoice


def write_draft(
    *,
    client: Client,
    kind: str,
    currency_code: str,
    priced: Priced,
    at: datetime,
    notes: str = "",
    due_date: date | None = None,
    evidence: Mapping[str, Any],
    claims: Claims,
) -> Invoice:
    """The rows of a draft, for a client whose row the caller holds; without an audit entry of its own."""
    invoice = Invoice(
        client=client,
        kind=Invoice.Kind(kind),
        currency_id=currency_code,
        exponent=exponent(currency_code),
        tax_evidence=dict(evidence),
        notes=notes,
        due_date=due_date,
        created_at=at,
        changed_at=at,
        **_sums(priced),
    )
    insert(invoice)
    made = _claim(invoice, priced, claims, at)
    _write(invoice, priced, made)
    ids = defaultdict(list)
    for noun, owner in claims:
        ids[noun].append(owner)
    _bill(invoice, ids["service"], ids["domain"])
    return invoice


@transaction.atomic
def change_draft(
    *,
    invoice: Invoice,
    lines: Sequence[Line],
    at: datetime,
    actor: Actor,
    notes: str | None = None,
    prices_include_tax: bool = False,
    evidence: Mapping[str, Any] | None = None,
    due_date: date | None = None,
) -> None:
    """Other lines for a draft; notes, evidence and due date stay where none are given.

    Raises ``Moved`` once it was issued.
    """
    row = _draft(invoice)
    priced = _priced(lines, prices_include_tax=prices_include_tax)
    row.lines.all().delete()
    row.tax_groups.all().delete()
    _write(row, priced, {})
    changes: dict[str, Any] = {"changed_at": at, **_sums(priced)}
    if notes is not None:
        changes["notes"] = notes
    if evidence is not None:
        changes["tax_evidence"] = dict(evidence)
    if due_date is not None:
        changes["due_date"] = due_date
    Invoice.objects.filter(pk=row.pk).update(**changes)
    _record(row, "changed", {"total": row.total}, {"total": priced.total}, at, actor)
    invoice.refresh_from_db()


@transaction.atomic
def delete_draft(*, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """Throw a draft away. Raises ``Moved`` once it was issued: then it is voided instead."""
    row = _draft(invoice)
    _record(row, "deleted", {"total": row.total}, {}, at, actor)
    row.delete()


@transaction.atomic
def note_billed(
    *, invoice: Invoice, services: Iterable[int] = (), domains: Iterable[int] = ()
) -> None:
    """Say which services and domains an invoice has lines of: what their pages list, and what it may suspend."""
    _bill(invoice, services, domains)


def _bill(
    invoice: Invoice, services: Iterable[int], domains: Iterable[int], shares: Shares = _NONE
) -> None:
    rows = [
        Billed(invoice=invoice, service_id=one, shares=shares.get(one))
        for one in dict.fromkeys(services)
    ]
    rows += [Billed(invoice=invoice, domain_id=one) for one in dict.fromkeys(domains)]
    insert(*rows)


def stored_lines(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice in order."""
    return list(invoice.lines.order_by("position"))


def _draft(invoice: Invoice) -> Invoice:
    touch(invoice.client_id)
    row = Invoice.objects.select_for_update(of=("self",)).filter(pk=invoice.pk).first()
    if row is None or row.status != Invoice.Status.DRAFT:
        raise Moved(_("This is not a draft any more."))
    return row


def _record(
    row: Invoice,
    verb: str,
    before: dict[str, Any],
    after: dict[str, Any],
    at: datetime,
    actor: Actor,
) -> None:
    record(
        at=at,
        actor=actor,
        action=f"invoice.draft_{verb}",
        record=("invoice", row.pk),
        client_id=row.client_id,
        before=before,
        after=after,
        staff_only=True,
    )


def _priced(lines: Sequence[Line], *, prices_include_tax: bool) -> Priced:
    if not lines:
        raise Refused("An invoice needs at least one line.")
    return price(lines, prices_include_tax=prices_include_tax)


def _sums(priced: Priced) -> dict[str, int]:
    return {
        "subtotal": priced.subtotal,
        "tax_amount": priced.tax,
        "total": priced.total,
        "amount_due": priced.total,
    }


def _claim(invoice: Invoice, priced: Priced, claims: Claims, at: datetime) -> dict[ClaimKey, Claim]:
    """A row for each period that is claimed, with the net and tax of its lines. Raises ``Moved`` if one is already."""
    if not claims:
        return {}
    rows = {}
    for key, (start, end) in claims.items():
        mine = [row for row in priced.lines if row.line.claim == key]
        if [row.line.kind for row in mine].count("renewal") != 1:
            raise ValueError(f"{key} needs exactly one renewal line")
        rows[key] = Claim(
            invoice=invoice,
            period_start=start,
            period_end=end,
            net=sum(row.net for row in mine),
            tax=sum(row.tax for row in mine),
            created_at=at,
            **{f"{key[0]}_id": key[1]},
        )
    try:
        insert(*rows.values())
    except IntegrityError as error:  # the whole draft goes with it
        raise Moved(_("This period is billed already.")) from error
    return rows


def _write(invoice: Invoice, priced: Priced, claims: Mapping[ClaimKey, Claim]) -> None:
    insert(
        *(
            InvoiceLine(
                invoice=invoice,
                position=position,
                kind=row.line.kind,
                tax_kind=row.line.tax_kind,
                claim=claims.get(row.line.claim) if row.line.claim else None,
                description=row.line.description[:500],
                quantity_milli=row.line.quantity_milli,
                **_units(row),
                amount=row.net,
                tax_category=row.line.tax.category,
                tax_rate_milli=row.line.tax.rate_milli,
                tax_amount=row.tax,
            )
            for position, row in enumerate(priced.lines, start=1)
        )
    )
    insert(
        *(
            TaxGroup(
                invoice=invoice,
                category=group.tax.category,
                rate_milli=group.tax.rate_milli,
                net=group.net,
                tax=group.amount,
                name=group.tax.name,
                note=group.tax.note,
            )
            for group in priced.groups
        )
    )


def _units(row: PricedLine) -> dict[str, int | None]:
    """The net unit amount; with prices that include tax it is for information, and what was stated stands beside it."""
    stated = row.line.unit_amount
    if row.net == row.line.amount:
        return {"unit_amount": stated, "typed_unit": None}
    net = round_half_up(Fraction(row.net * 1000, row.line.quantity_milli))
    return {"unit_amount": net, "typed_unit": stated}
