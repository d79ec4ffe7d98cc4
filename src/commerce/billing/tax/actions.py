"""Tax rules are added, and VAT numbers are asked about; an answer is a row that never changes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commerce.accounts import eu
from commerce.accounts.models import Client
from commerce.accounts.recipients import tell, tell_staff
from commerce.accounts.tax_numbers import VatNumber, vat_number
from commerce.audit.actions import record
from commerce.billing.models import TaxRule, VatCheck
from commerce.billing.tax import reading
from commerce.billing.tax.rules import folded, number_to_check
from commerce.billing.tax.vies import Reply, VatService, service
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

ASK_AGAIN = timedelta(minutes=10)
"""How long a silent service is left alone before an invoice asks it again."""


@transaction.atomic
def add_rule(
    *,
    country: str,
    rate_milli: int,
    category: str,
    valid_from: date,
    at: datetime,
    actor: Actor,
    state: str = "",
    product_kind: str = "all",
    client_kind: str = "all",
    name: str = "",
    note: str = "",
) -> TaxRule:
    """A rate that holds from a day on. There is no other way to change or end one that counts, so old days keep theirs.

    Raises ``Refused`` for a key and day that are taken, and for a rate that its category cannot have.
    """
    if category not in ("S", "Z", "E", "O", "AE", "G"):
        raise Refused(_("Give one of the categories S, Z, E, O, AE, G."), field="category")
    if not 0 <= rate_milli <= 100_000 or (category == "S") != (rate_milli > 0):
        raise Refused(
            _("Category S has a rate above 0 up to 100, the others have 0."), field="rate"
        )
    key = {
        "country": country,
        "product_kind": TaxRule.ProductKind(product_kind),
        "client_kind": TaxRule.ClientKind(client_kind),
        "valid_from": valid_from,
    }
    taken = {folded(name) for name in TaxRule.objects.filter(**key).values_list("state", flat=True)}
    if folded(state) in taken:
        raise Refused(_("There is a rule of this kind from this day already."), field="valid_from")
    key["state"] = " ".join(state.split())
    rule = TaxRule.objects.create(
        rate_milli=rate_milli, category=category, name=name.strip(), note=note.strip(), **key
    )
    _note_rule(rule, "created", at=at, actor=actor, after=_said(rule))
    return rule


@transaction.atomic
def remove_rule(*, rule: TaxRule, at: datetime, actor: Actor) -> None:
    """Take back a rule that was typed wrongly, before its day. Raises ``Refused`` once it counts."""
    row = TaxRule.objects.select_for_update().filter(pk=rule.pk).first()
    if row is None:
        raise Refused(_("This rule is gone already."))
    if row.valid_from <= current.business_date(at):
        raise Refused(
            _("This rule counts already, so invoices may stand on it. Add one from a later day.")
        )
    _note_rule(row, "removed", at=at, actor=actor, before=_said(row))
    row.delete()


def _said(rule: TaxRule) -> dict[str, Any]:
    names = "country state product_kind client_kind valid_from category name note".split()
    return {"rate_milli": rule.rate_milli, **{name: str(getattr(rule, name)) for name in names}}


def _note_rule(rule: TaxRule, verb: str, *, at: datetime, actor: Actor, **what: Any) -> None:
    record(
        at=at,
        actor=actor,
        action=f"tax_rule.{verb}",
        record=("tax_rule", rule.pk),
        name=str(rule),
        staff_only=True,
        **what,
    )


def check_vat(
    *,
    number: str,
    at: datetime,
    actor: Actor,
    client: Client | None = None,
    ask: VatService | None = None,
) -> VatCheck:
    """Ask the service about a number and keep its answer. Takes up to 10 seconds, so never within a transaction.

    Raises ``Refused`` for what is no VAT number of the EU.
    """
    day = current.business_date(at)
    found = vat_number(number, day)
    if found is None:
        raise Refused(_("This is not a VAT number of the EU."), field="tax_id")
    with transaction.atomic(durable=True):
        ours = vat_number(current.get("company.tax_id"), day)
    reply = (ask or service()).check(found, ours)
    return _keep(found, reply, client=client, day=day, at=at, actor=actor)


@transaction.atomic
def _keep(
    number: VatNumber,
    reply: Reply,
    *,
    client: Client | None,
    day: date,
    at: datetime,
    actor: Actor,
) -> VatCheck:
    check = VatCheck.objects.create(
        client=client,
        number=number.text,
        day=day,
        checked_at=at,
        answer=reply.answer,
        name=reply.name,
        address=reply.address,
        consultation_number=reply.consultation_number,
        raw=reply.raw,
    )
    _note(check, "checked", at=at, actor=actor)
    if client is not None and check.answer == VatCheck.Answer.INVALID:
        tell(
            client=client,
            event="vat_number_invalid",
            once=f"{number.text}:{day}",
            values={
                "tax_id": number.text,
                "profile_url": f"{settings.COMMERCE_URL}/client/profile",
            },
            at=at,
        )
    if check.answer == VatCheck.Answer.UNAVAILABLE:
        tell_staff(
            permission="settings.manage",
            event="vat_service_down",
            once=f"{day}",
            client=client,
            values={"tax_id": number.text},
            at=at,
        )
    return check


@transaction.atomic
def mark_vat_valid(*, client: Client, evidence: str, at: datetime, actor: Actor) -> VatCheck:
    """Staff vouch for a client's number, with what they saw; it counts as long as an answer of the service.

    Raises ``Refused`` without evidence, or when the client's number is no VAT number of the EU.
    """
    day = current.business_date(at)
    number = vat_number(client.tax_id, day)
    if number is None:
        raise Refused(_("This client has no VAT number of the EU."), field="tax_id")
    if not evidence.strip():
        raise Refused(_("Say what proves that the number is valid."), field="evidence")
    check = VatCheck.objects.create(
        client=client,
        number=number.text,
        day=day,
        checked_at=at,
        answer=VatCheck.Answer.VALID,
        by_staff=True,
        evidence=evidence.strip(),
    )
    _note(check, "marked_valid", at=at, actor=actor)
    return check


def _note(check: VatCheck, verb: str, *, at: datetime, actor: Actor) -> None:
    record(
        at=at,
        actor=actor,
        action=f"vat_check.{verb}",
        record=("vat_check", check.pk),
        name=check.number,
        client_id=check.client_id,
        after={"answer": check.answer},
        reason=check.evidence,
        staff_only=True,
    )


def refresh_vat(*, client: Client, at: datetime, actor: Actor) -> None:
    """Renew the answer that the next invoice of a client needs, if it is too old: before issuing, up to 10 seconds."""
    day = current.business_date(at)
    number = _unanswered(client, day)
    if not number:
        return
    _counting, latest = reading.answers(client.pk, number, day)
    if latest is None or latest.checked_at <= at - ASK_AGAIN:
        check_vat(number=number, client=client, at=at, actor=actor)


def renew_check(*, client_id: int, day: date, at: datetime, actor: Actor) -> str:
    """The daily run asks about a client's number once a day; returns the answer, ``''`` if there was nothing to ask."""
    client = Client.objects.get(pk=client_id)
    number = _unanswered(client, day)
    if not number or VatCheck.objects.filter(number=number, day=day, by_staff=False).exists():
        return ""
    return check_vat(number=number, client=client, at=at, actor=actor).answer


def _unanswered(client: Client, day: date) -> str:
    """The number that decides about a client's tax and about which nothing counts any more; ``''`` if there is none."""
    if not current.get("tax.vies_enabled"):
        return ""
    number = number_to_check(reading.known_buyer(client, day), reading.seller(), day)
    if not number:
        return ""
    counting, _latest = reading.answers(client.pk, number, day)
    return "" if counting else number


def vat_due(clients: QuerySet[Client], day: date) -> Iterator[int]:
    """Those of these clients whose next invoice needs a renewed check of their number (billing.md 10, step 1)."""
    if not (current.get("tax.enabled") and current.get("tax.vies_enabled")):
        return
    clients = clients.filter(country__in=[*eu.members(day), "MC"])
    clients = clients.exclude(tax_id="").exclude(status=Client.Status.CLOSED)
    for client in clients.order_by("pk").iterator(chunk_size=500):
        if _unanswered(client, day):
            yield client.pk
