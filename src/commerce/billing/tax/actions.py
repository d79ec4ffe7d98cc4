"""Tax rules are added, and VAT numbers are asked about; an answer is a row that never changes."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts import vat
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.accounts.vat import VatNumber, parse_vat_number
from commerce.audit.actions import write_audit_entry
from commerce.billing.labels import (
    TAX_CATEGORY_LABELS,
    TAX_CLIENT_KIND_LABELS,
    TAX_PRODUCT_KIND_LABELS,
)
from commerce.billing.models import Invoice, TaxRule, VatCheck
from commerce.billing.tax import queries
from commerce.billing.tax.emails import send_tax_number_refused_email
from commerce.billing.tax.rules import (
    TaxClientKind,
    TaxProductKind,
    VatAnswer,
    VatRefresh,
    fold_state_name,
    vat_number_to_check,
)
from commerce.billing.tax.vies import VatReply, VatService, configured_vat_service
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Day, Line, Percent, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.page_limits import counted_wait
from commerce.presentation.countries import CountryCode
from commerce.site_settings import current

VAT_RETRY_AFTER = timedelta(minutes=10)
"""How long a silent service is left alone before an invoice asks it again."""


@act(
    "tax_rule.new",
    None,
    label=_("Add tax rule"),
    intro=_(
        "The rule applies until the next one for the same country, products, and clients starts."
    ),
    done=_("The tax rule was added."),
    staff=StaffPermission.SETTINGS_MANAGE,
    example="tax rule add --country DE --rate 19 --valid-from 2030-01-01 --name VAT",
)
@transaction.atomic
def add_tax_rule(
    *,
    country: Annotated[
        str,
        CountryCode(
            _("Country"), proposed=lambda _none, _at: current.get_setting("company.country")
        ),
    ],
    state: Annotated[
        str,
        Line(_("State"), about=_("Leave blank for the whole country."), most=100, least=0),
    ] = "",
    rate: Annotated[int, Percent(_("Rate"), about=_("In percent, such as 19."), parts=1000)],
    category: Annotated[str, Choice(_("Category"), labels=TAX_CATEGORY_LABELS)] = "S",
    product_kind: Annotated[
        str, Choice(_("Products"), labels=TAX_PRODUCT_KIND_LABELS)
    ] = TaxProductKind.ALL,
    client_kind: Annotated[
        str, Choice(_("Clients"), labels=TAX_CLIENT_KIND_LABELS)
    ] = TaxClientKind.ALL,
    valid_from: Annotated[
        date,
        Day(
            pgettext_lazy("valid", "From"),
            proposed=lambda _none, at: current.business_date(at),
        ),
    ],
    name: Annotated[
        str, Line(_("Name on invoices"), about=_("Such as VAT."), most=50, least=0)
    ] = "",
    note: Annotated[
        str, Line(_("Note on invoices"), about=_("Shown if the rate is 0."), most=200, least=0)
    ] = "",
    ctx: Context,
) -> TaxRule:
    """A rate that holds from a day on. There is no other way to change or end one that counts, so old days keep theirs.

    Raises ``BusinessError`` for a key and day that are taken, and for a rate that its category cannot have.
    """
    if (category == "S") != (rate > 0):
        raise BusinessError("tax.rate_not_valid", field="rate")
    key = {
        "country": country,
        "product_kind": product_kind,
        "client_kind": client_kind,
        "valid_from": valid_from,
    }
    taken = {
        fold_state_name(name)
        for name in TaxRule.objects.filter(**key).values_list("state", flat=True)
    }
    if fold_state_name(state) in taken:
        raise BusinessError("tax.rule_exists", field="valid_from")
    rule = TaxRule.objects.create(
        state=state, rate_milli=rate, category=category, name=name, note=note, **key
    )
    _note_rule(rule, "created", ctx=ctx, after=_said(rule))
    return rule


def remove_tax_rule_blocked_reason(rule: TaxRule, ctx: Context) -> StateConflict | None:
    """Why a rule stays: it counts."""
    counts = rule.valid_from <= current.business_date(ctx.at) and Invoice.objects.exists()
    return StateConflict("tax.rule_in_force") if counts else None


@act(
    "tax_rule.delete",
    TaxRule,
    label=_("Delete"),
    done=_("The tax rule was deleted."),
    staff=StaffPermission.SETTINGS_MANAGE,
    blocked=remove_tax_rule_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def remove_tax_rule(*, rule: TaxRule, ctx: Context) -> None:
    """Take back a rule that was typed wrongly: before its day, or before there is any invoice.

    Raises ``StateConflict`` once it counts.
    """
    row = TaxRule.objects.select_for_update().filter(pk=rule.pk).first()
    if row is None:
        raise BusinessError("tax.rule_gone")
    if blocked := remove_tax_rule_blocked_reason(row, ctx):
        raise blocked
    _note_rule(row, "removed", ctx=ctx, before=_said(row))
    row.delete()


def _said(rule: TaxRule) -> dict[str, Any]:
    names = "country state product_kind client_kind valid_from category name note".split()
    return {"rate_milli": rule.rate_milli, **{name: str(getattr(rule, name)) for name in names}}


def _note_rule(rule: TaxRule, verb: str, *, ctx: Context, **what: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"tax_rule.{verb}",
        record=("tax_rule", rule.pk),
        name=str(rule),
        staff_only=True,
        **what,
    )


def check_vat_number(
    *,
    number: str,
    ctx: Context,
    client: Client | None = None,
    vat_service: VatService | None = None,
) -> VatCheck:
    """Ask the service about a number and keep its answer. Takes up to 10 seconds, so never within a transaction.

    Raises ``BusinessError`` for what is no VAT number of the EU.
    """
    day = current.business_date(ctx.at)
    vat_number = parse_vat_number(number, day)
    if vat_number is None:
        raise BusinessError("tax.number_not_of_eu", field="tax_id")
    with transaction.atomic(durable=True):
        ours = parse_vat_number(current.get_setting("company.tax_id"), day)
    with counted_wait():
        reply = (vat_service or configured_vat_service()).check(vat_number, ours)
    return _store_vat_reply(vat_number, reply, client=client, day=day, ctx=ctx)


def vat_number_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why nobody can say whether a client's VAT number is valid: they have none of the EU."""
    number = parse_vat_number(client.tax_id, current.business_date(ctx.at))
    return None if number else StateConflict("tax.client_without_number", is_moot=True)


@act(
    "client.check_vat",
    Client,
    label=_("Check VAT number"),
    done=_("The VAT service answered for %(number)s: %(answer)s. See VAT checks below."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=vat_number_blocked_reason,
    is_atomic=False,
)
def check_client_vat_number(*, client: Client, ctx: Context) -> VatCheck:
    """``check_vat_number`` of a client's own. Raises ``StateConflict`` when they have none of the EU."""
    if blocked := vat_number_blocked_reason(client, ctx):
        raise blocked
    return check_vat_number(number=client.tax_id, client=client, ctx=ctx)


@transaction.atomic
def _store_vat_reply(
    number: VatNumber,
    reply: VatReply,
    *,
    client: Client | None,
    day: date,
    ctx: Context,
) -> VatCheck:
    check = VatCheck.objects.create(
        client=client,
        number=number.text,
        day=day,
        checked_at=ctx.at,
        answer=reply.answer,
        name=reply.name,
        address=reply.address,
        consultation_number=reply.consultation_number,
        raw=reply.raw,
    )
    _note(check, "checked", ctx=ctx)
    if client is not None and check.answer == VatAnswer.INVALID:
        send_client_email(
            client=client,
            event="vat_number_invalid",
            idempotency_key=f"{number.text}:{day}",
            values={
                "tax_id": number.text,
                "profile_url": f"{settings.COMMERCE_URL}/client/profile",
            },
            at=ctx.at,
        )
    if reply.refusal:
        send_tax_number_refused_email(number.text, reply.refusal, client=client, at=ctx.at)
    elif check.answer == VatAnswer.UNAVAILABLE:
        send_staff_email(
            event="vat_service_down",
            idempotency_key=f"{day}",
            page=f"clients/{client.pk}" if client else "checks",
            client=client,
            values={"tax_id": number.text},
            at=ctx.at,
        )
    return check


@act(
    "client.mark_vat_valid",
    Client,
    label=_("Mark VAT number as valid"),
    intro=_("Counts as long as an answer from the VAT service."),
    done=_("%(number)s counts as valid."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=vat_number_blocked_reason,
    example='client mark-vat-valid alice@example.com --evidence "Register extract"',
)
@transaction.atomic
def mark_vat_number_valid(
    *, client: Client, evidence: Annotated[str, Text(_("Evidence"), most=1000)], ctx: Context
) -> VatCheck:
    """Staff vouch for a client's number, with what they saw; it counts as long as an answer of the service.

    Raises ``StateConflict`` when the client's number is no VAT number of the EU.
    """
    row = lock_client(client.pk)
    if blocked := vat_number_blocked_reason(row, ctx):
        raise blocked
    day = current.business_date(ctx.at)
    number = parse_vat_number(row.tax_id, day)
    assert number is not None  # else there was a reason
    check = VatCheck.objects.create(
        client=client,
        number=number.text,
        day=day,
        checked_at=ctx.at,
        answer=VatAnswer.VALID,
        by_staff=True,
        evidence=evidence,
    )
    _note(check, "marked_valid", ctx=ctx)
    return check


def _note(check: VatCheck, verb: str, *, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"vat_check.{verb}",
        record=("vat_check", check.pk),
        name=check.number,
        client_id=check.client_id,
        after={"answer": check.answer},
        reason=check.evidence,
        staff_only=True,
    )


def refresh_vat_check(*, client: Client, ctx: Context) -> VatRefresh:
    """Renew the answer that the next invoice of a client needs, if it is too old: before issuing, up to 10 seconds."""
    day = current.business_date(ctx.at)
    number = _unanswered(client, day)
    if number:
        _counting, latest = queries.vat_answers(client.pk, number, day)
        if latest is None or latest.checked_at <= ctx.at - VAT_RETRY_AFTER:
            check_vat_number(number=number, client=client, ctx=ctx)
    return VatRefresh(client.pk, ctx.at)


def renew_vat_check(*, client_id: int, day: date, ctx: Context) -> str:
    """The daily run asks about a client's number once a day; returns the answer, ``''`` if there was nothing to ask."""
    client = Client.objects.get(pk=client_id)
    number = _unanswered(client, day)
    if not number or VatCheck.objects.filter(number=number, day=day, by_staff=False).exists():
        return ""
    return check_vat_number(number=number, client=client, ctx=ctx).answer


def _unanswered(client: Client, day: date) -> str:
    """The number that decides about a client's tax and about which nothing counts any more; ``''`` if there is none."""
    if not current.get_setting("tax.vies_enabled"):
        return ""
    number = vat_number_to_check(
        queries.tax_buyer_without_vat(client, day), queries.tax_seller(), day
    )
    if not number:
        return ""
    counting, _latest = queries.vat_answers(client.pk, number, day)
    return "" if counting else number


def clients_with_old_vat_check(clients: QuerySet[Client], day: date) -> Iterator[int]:
    """Those of these clients whose next invoice needs a renewed check of their number (billing.md 10, step 1)."""
    if not (current.get_setting("tax.enabled") and current.get_setting("tax.vies_enabled")):
        return
    clients = clients.filter(country__in=[*vat.vat_area_countries(day), "MC"])
    clients = clients.exclude(tax_id="").exclude(status=ClientStatus.CLOSED)
    for client in clients.order_by("pk").iterator(chunk_size=500):
        if _unanswered(client, day):
            yield client.pk
