"""Clients: the records that are billed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from commerce.accounts import emails, tax_numbers
from commerce.accounts.actions.custom_values import answer
from commerce.accounts.models import Client, Membership, User
from commerce.accounts.reading import languages
from commerce.accounts.rules import CLIENT_MOVES, preset, tidied
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.jobs.actions import queue
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

EDITABLE = (
    "first_name last_name company email phone address1 address2 city state postcode country"
    " currency_code tax_id locale"
).split()
"""Fields of a client that its members may change."""


def _numbered(values: dict[str, str], at: datetime) -> str:
    """The tax number of a client with these values, as it is kept. Raises ``Refused`` for a wrong one."""
    if not values["tax_id"]:
        return ""
    on = current.business_date(at)
    number = tax_numbers.kept(values["tax_id"], values["country"], on)
    if number is None:
        form = tax_numbers.example(values["country"], on)
        text = _("This is not a VAT number. Give it in a form such as %(form)s.")
        raise Refused(text % {"form": form}, field="tax_id")
    return number


def _ask_about(client: Client, at: datetime) -> None:
    """Have a VAT number that came with a new country or number looked up (accounts.md 8); who does it is above us."""
    if not client.tax_id:
        return
    number = tax_numbers.vat_number(client.tax_id, current.business_date(at))
    if number and current.get("tax.enabled") and current.get("tax.vies_enabled"):
        cause = f"{client.country} {number.text} {at:%Y%m%dT%H%M%S.%f}"
        queue(("client", client.pk), "client.check_vat", cause, at, {"number": number.text})


def hold(client_id: int) -> Client:
    """Lock the client until the transaction ends, so that counts over his members, invitations and tokens stay true.

    Rows that refer to him can still be inserted meanwhile by those who do not hold him.
    """
    return Client.objects.select_for_update(no_key=True).get(pk=client_id)


def touch_and_hold(client_id: int) -> Client:
    """``touch`` and ``hold`` in one statement, for what is done to thousands of clients at a time."""
    table = Client._meta.db_table
    raised = f'UPDATE "{table}" SET revision = revision + 1 WHERE id = %s RETURNING *'  # noqa: S608 - our table's name
    return Client.objects.raw(raised, [client_id])[0]


def touch(client_id: int) -> None:
    """Raise the client's revision: call it in the transaction of each write to something that the API shows of him."""
    Client.objects.filter(pk=client_id).update(revision=F("revision") + 1)


@transaction.atomic
def create_client(
    *,
    owner: User | None,
    first_name: str,
    last_name: str,
    email: str,
    country: str,
    currency_code: str,
    at: datetime,
    actor: Actor,
    custom: Mapping[int, str] | None = None,
    **details: str,
) -> Client:
    """A new active client, with its owner's membership if there is one. ``details`` are other editable fields.

    ``custom`` are answers by the ids of their custom fields.
    """
    if unknown := details.keys() - set(EDITABLE):
        raise TypeError(f"not a detail of a client: {', '.join(sorted(unknown))}")
    values = details | {
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "country": country,
        "currency_code": currency_code,
    }
    kept = {field: tidied(field, value) for field, value in values.items()}
    kept["tax_id"] = _numbered({"tax_id": "", **kept}, at)
    client = Client.objects.create(created_at=at, changed_at=at, **kept)
    _ask_about(client, at)
    record(
        at=at,
        actor=actor,
        action="client.created",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
    )
    answer(client=client, typed=custom or {}, at=at, actor=actor)
    if owner is not None:
        Membership.objects.create(
            user=owner, client=client, role="owner", rights=preset("owner"), created_at=at
        )
        record(
            at=at,
            actor=actor,
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
    at: datetime,
    actor: Actor,
    custom: Mapping[int, str] | None = None,
    **changes: str,
) -> Client:
    """Change editable fields of a client; what stays the same is not written. Issued invoices do not change.

    A billing address that a member typed, other than a member's own, waits in ``wanted_email`` for the link that is
    mailed there. A change of it is told to the former one and to the owners. ``custom`` are answers by the ids of their
    custom fields; admin-only ones are staff's (``set_custom_value``). Raises ``Refused`` for a language that is not
    offered, and for a wrong tax number.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    changes = {field: tidied(field, value) for field, value in changes.items()}
    client = Client.objects.select_for_update().get(pk=client.pk)
    answer(client=client, typed=custom or {}, at=at, actor=actor)
    if changes.get("locale", client.locale) not in {client.locale, *languages()}:
        raise Refused(_("Choose one of the languages offered."), field="locale")
    stored = {"tax_id": client.tax_id, "country": client.country, "state": client.state}
    renumbered = any(changes.get(field, value) != value for field, value in stored.items())
    if renumbered:
        changes["tax_id"] = _numbered(stored | changes, at)
    email = changes.get("email", client.email)
    if _must_be_proven(client, email, actor):
        changes = changes | {"email": client.email, "wanted_email": email}
        emails.confirm_billing_email(client=client, email=email, actor=actor)
    elif email != client.email:
        changes = changes | {"wanted_email": ""}
    if keep_changes(client=client, changes=changes, at=at, actor=actor) and renumbered:
        _ask_about(client, at)
    return client


def _must_be_proven(client: Client, email: str, actor: Actor) -> bool:
    """Whether bills go to this address only once its owner has agreed: it is new, and no member's proven one."""
    if actor.kind != "member" or email.lower() == client.email.lower():
        return False
    members = Membership.objects.for_client(client).filter(user__is_active=True)
    return not members.filter(
        user__email__iexact=email, user__email_verified_at__isnull=False
    ).exists()


def keep_changes(*, client: Client, changes: dict[str, str], at: datetime, actor: Actor) -> bool:
    """Write what differs to a client who is held, and tell of another billing address; false when nothing does."""
    before = {key: getattr(client, key) for key in changes if getattr(client, key) != changes[key]}
    if not before:
        return False
    after = {key: changes[key] for key in before}
    Client.objects.filter(pk=client.pk).update(changed_at=at, revision=F("revision") + 1, **after)
    record(
        at=at,
        actor=actor,
        action="client.updated",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        before=before,
        after=after,
    )
    client.refresh_from_db()
    if "email" in before:
        emails.billing_email_changed(client=client, former=before["email"], at=at, actor=actor)
    return True


def _move(client: Client, to: str, *, at: datetime, actor: Actor, reason: str) -> None:
    with transaction.atomic():
        move(
            client,
            to,
            allowed=CLIENT_MOVES,
            at=at,
            actor=actor,
            client_id=client.pk,
            reason=reason,
            changed_at=at,
        )
        touch(client.pk)


def suspend_client(*, client: Client, at: datetime, actor: Actor, reason: str) -> None:
    """The client may sign in, read and pay, but order nothing new."""
    _move(client, Client.Status.SUSPENDED, at=at, actor=actor, reason=reason)


def reopen_client(*, client: Client, at: datetime, actor: Actor, reason: str) -> None:
    """A suspended or closed client becomes active again."""
    _move(client, Client.Status.ACTIVE, at=at, actor=actor, reason=reason)


def close_client(*, client: Client, at: datetime, actor: Actor, reason: str) -> None:
    """End the relation: no portal, no API, no renewals. The caller has made sure that nothing is left open."""
    if not reason:
        raise Refused(_("Closing a client needs a reason."))
    _move(client, Client.Status.CLOSED, at=at, actor=actor, reason=reason)
