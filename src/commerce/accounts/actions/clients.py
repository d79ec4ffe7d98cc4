"""Clients: the records that are billed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts import emails, vat
from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.actions.custom_values import save_custom_answers
from commerce.accounts.events import ClientChanged
from commerce.accounts.labels import CLIENT_FIELD_LABELS
from commerce.accounts.locale import enabled_languages
from commerce.accounts.models import Client, Erasure, Membership, User
from commerce.accounts.rules import (
    CLIENT_MOVES,
    ClientStatus,
    MemberRole,
    is_phone_number,
    normalize_client_value,
    role_preset,
)
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.db.fast_paths import insert_rows
from commerce.events.publish import publish
from commerce.jobs.queue import enqueue
from commerce.kit.acts.act import act
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.countries import COUNTRY_CODES
from commerce.presentation.email_addresses import is_email_address
from commerce.site_settings import current

EDITABLE_FIELDS = (
    "first_name last_name company email phone address1 address2 city state postcode country"
    " currency_code tax_id locale"
).split()
"""Fields of a client that its members may change."""


def _check_values(values: Mapping[str, str]) -> None:
    """Raises ``BusinessError`` for values that a client cannot have (accounts.md 1), whichever way they came."""
    for field, value in values.items():
        longest = getattr(Client._meta.get_field(field), "max_length", None)
        if longest is not None and len(value) > longest:
            label = CLIENT_FIELD_LABELS.get(field, field)
            raise BusinessError("client.text_too_long", label=label, maximum=longest, field=field)
    for field in {"first_name", "last_name"} & values.keys():
        if not values[field]:
            raise BusinessError("client.name_missing", field=field)
    if not is_phone_number(values.get("phone", "")):
        raise BusinessError("client.phone_not_valid", field="phone")
    if "email" in values and not is_email_address(values["email"]):
        raise BusinessError("client.email_not_valid", field="email")


def _numbered(values: dict[str, str], at: datetime) -> str:
    """The tax number of a client with these values, as it is kept. Raises ``BusinessError`` for a wrong one."""
    if not values["tax_id"]:
        return ""
    on = current.business_date(at)
    number = vat.normalize_tax_id(values["tax_id"], values["country"], on)
    if number is None:
        form = vat.example_vat_number(values["country"], on)
        raise BusinessError("client.tax_number_not_valid", form=form, field="tax_id")
    return number


def _ask_about(client: Client, at: datetime) -> None:
    """Have a VAT number that came with a new country or number looked up (accounts.md 8); who does it is above us."""
    if not client.tax_id:
        return
    number = vat.parse_vat_number(client.tax_id, current.business_date(at))
    if number and current.get_setting("tax.enabled") and current.get_setting("tax.vies_enabled"):
        cause = f"{client.country} {number.text} {at:%Y%m%dT%H%M%S.%f}"
        enqueue(("client", client.pk), "client.check_vat", cause, at, {"number": number.text})


def clean_client_values(values: Mapping[str, str], at: datetime) -> dict[str, str]:
    """Editable fields of a new client as they are kept. Raises ``BusinessError`` for a value that a field does not
    take.
    """
    if unknown := values.keys() - set(EDITABLE_FIELDS):
        raise TypeError(f"not a detail of a client: {', '.join(sorted(unknown))}")
    stored = {field: normalize_client_value(field, value) for field, value in values.items()}
    _check_values(stored)
    return stored | {"tax_id": _numbered({"tax_id": "", **stored}, at)}


@transaction.atomic
def create_client(
    *,
    owner: User | None,
    first_name: str,
    last_name: str,
    email: str,
    country: str,
    currency_code: str,
    ctx: Context,
    custom: Mapping[int, str] | None = None,
    **details: str,
) -> Client:
    """A new active client, with its owner's membership if there is one. ``details`` are other editable fields.

    ``custom`` are answers by the ids of their custom fields.
    """
    values = details | {
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "country": country,
        "currency_code": currency_code,
    }
    client = Client(created_at=ctx.at, changed_at=ctx.at, **clean_client_values(values, ctx.at))
    insert_rows(client)
    _ask_about(client, ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="client.created",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
    )
    save_custom_answers(client=client, answers=custom or {}, ctx=ctx)
    if owner is not None:
        membership = Membership(
            user=owner,
            client=client,
            role=MemberRole.OWNER,
            rights=role_preset("owner"),
            created_at=ctx.at,
        )
        insert_rows(membership)
        write_audit_entry(
            ctx=ctx,
            action="membership.created",
            record=("user", owner.pk),
            name=owner.email,
            client_id=client.pk,
            after={"role": "owner"},
        )
    return client


@transaction.atomic
def change_client(
    *,
    client: Client,
    ctx: Context,
    custom: Mapping[int, str] | None = None,
    **changes: str,
) -> Client:
    """Change editable fields of a client; what stays the same is not written. Issued invoices do not change.

    A billing address that a member or a program gave, other than a member's own, waits in ``pending_email`` for the
    link that is mailed there. A change of it is told to the former one and to the owners. ``custom`` are answers by the
    ids of their custom fields; admin-only ones are staff's (``set_custom_value``). Raises ``BusinessError`` for a
    language that is not offered, a value that a client cannot have, and a wrong tax number.
    """
    if unknown := changes.keys() - set(EDITABLE_FIELDS):
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    changes = {field: normalize_client_value(field, value) for field, value in changes.items()}
    client = Client.objects.select_for_update().get(pk=client.pk)
    _check_values({name: new for name, new in changes.items() if new != getattr(client, name)})
    if save_custom_answers(client=client, answers=custom or {}, ctx=ctx):
        publish(ClientChanged(client.pk), at=ctx.at, client_id=client.pk)
    if changes.get("locale", client.locale) not in {client.locale, *enabled_languages()}:
        raise BusinessError("locale.not_offered", field="locale")
    if (country := changes.get("country", client.country)) not in {client.country, *COUNTRY_CODES}:
        raise BusinessError("country.unknown", code=country, field="country")
    stored = {"tax_id": client.tax_id, "country": client.country, "state": client.state}
    renumbered = any(changes.get(field, value) != value for field, value in stored.items())
    if renumbered:
        changes["tax_id"] = _numbered(stored | changes, ctx.at)
    email = changes.get("email", client.email)
    if _must_be_proven(client, email, ctx.actor):
        changes = changes | {"email": client.email, "pending_email": email}
        emails.send_billing_email_link(client=client, email=email, actor=ctx.actor)
    elif email != client.email:
        changes = changes | {"pending_email": ""}
    if save_client_changes(client=client, changes=changes, ctx=ctx) and renumbered:
        _ask_about(client, ctx.at)
    return client


def _must_be_proven(client: Client, email: str, actor: Actor) -> bool:
    """Whether bills go to this address only once its owner has agreed: it is new, and no member's proven one."""
    if actor.kind not in ("member", "token") or email.lower() == client.email.lower():
        return False
    members = Membership.objects.for_client(client).filter(user__is_active=True)
    return not members.filter(
        user__email__iexact=email, user__email_verified_at__isnull=False
    ).exists()


def save_client_changes(*, client: Client, changes: dict[str, str], ctx: Context) -> bool:
    """Write what differs to a client who is held, and tell of another billing address; false when nothing does."""
    before = {key: getattr(client, key) for key in changes if getattr(client, key) != changes[key]}
    if not before:
        return False
    after = {key: changes[key] for key in before}
    bump_revision(client.pk, ctx)
    Client.objects.filter(pk=client.pk).update(changed_at=ctx.at, **after)
    write_audit_entry(
        ctx=ctx,
        action="client.updated",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        before=before,
        after=after,
    )
    publish(ClientChanged(client.pk), at=ctx.at, client_id=client.pk)
    client.refresh_from_db()
    if "email" in before:
        emails.send_billing_email_changed_email(client=client, old_email=before["email"], ctx=ctx)
    return True


def _move(client: Client, to: ClientStatus, *, ctx: Context, reason: str) -> None:
    move(
        client,
        to,
        allowed=CLIENT_MOVES,
        ctx=ctx,
        client_id=client.pk,
        reason=reason,
        changed_at=ctx.at,
    )
    bump_revision(client.pk, ctx)
    publish(ClientChanged(client.pk), at=ctx.at, client_id=client.pk)


def suspend_client_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client cannot be suspended now."""
    return (
        None
        if client.status == ClientStatus.ACTIVE
        else StateConflict("client.not_active", is_moot=True)
    )


@act(
    "client.suspend",
    Client,
    label=_("Suspend client"),
    done=_("Client suspended. Members can still sign in and pay, but can't order."),
    staff=StaffPermission.CLIENTS_SUSPEND,
    blocked=suspend_client_blocked_reason,
)
@transaction.atomic
def suspend_client(*, client: Client, reason: Annotated[str, REASON], ctx: Context) -> None:
    """The client may sign in, read and pay, but order nothing new. Raises ``StateConflict`` unless they are active."""
    if blocked := suspend_client_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    _move(client, ClientStatus.SUSPENDED, ctx=ctx, reason=reason)


def reopen_client_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client cannot become active again."""
    if client.status == ClientStatus.ACTIVE:
        return StateConflict("client.already_active", is_moot=True)
    is_erased = Erasure.objects.for_client(client).done().exists()
    return StateConflict("client.erased") if is_erased else None


@act(
    "client.reopen",
    Client,
    label=_("Reactivate client"),
    done=_("Client reactivated."),
    staff=StaffPermission.CLIENTS_SUSPEND,
    blocked=reopen_client_blocked_reason,
)
@transaction.atomic
def reopen_client(*, client: Client, reason: Annotated[str, REASON], ctx: Context) -> None:
    """A suspended or closed client becomes active again. Raises ``StateConflict`` for an active one, and for one whose
    data were erased: it stays closed.
    """
    if blocked := reopen_client_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    _move(client, ClientStatus.ACTIVE, ctx=ctx, reason=reason)


def close_client_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client cannot be closed, whatever they still have."""
    return (
        StateConflict("client.already_closed", is_moot=True)
        if client.status == ClientStatus.CLOSED
        else None
    )


@transaction.atomic
def close_client(*, client: Client, ctx: Context, reason: str) -> None:
    """End the relation: no portal, no API, no renewals. The caller has made sure that nothing is left open.

    Raises ``BusinessError`` without a reason, ``StateConflict`` when they are closed.
    """
    if not reason:
        raise BusinessError("client.closing_needs_reason")
    if blocked := close_client_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    _move(client, ClientStatus.CLOSED, ctx=ctx, reason=reason)
