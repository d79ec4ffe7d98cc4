"""PATCH of the account: who is billed and where, in which language, and what its member is emailed about."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from commerce.accounts.actions.mail_preferences import mail_preferences, set_mail_preferences
from commerce.accounts.models import Client, Membership
from commerce.accounts.rules import BILLING_EMAIL_LINKS, normalize_client_value
from commerce.api.core import errors
from commerce.api.core.limits import count_share
from commerce.api.v2.resources.account import ACCOUNT
from commerce.api.v2.writing.payments import maker_of
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.catalog.actions.client_details import edit_client
from commerce.kit.errors import BusinessError


class NotificationChoices(Struct, frozen=True, forbid_unknown_fields=True):
    """What the member who made the token is emailed about; what is left out stays."""

    billing: Annotated[
        bool | UnsetType,
        Meta(description="Invoices, reminders, payments, and credit.", examples=[False]),
    ] = UNSET
    services: Annotated[
        bool | UnsetType, Meta(description="Setup, changes, and cancellations.", examples=[True])
    ] = UNSET
    domains: Annotated[
        bool | UnsetType, Meta(description="Registrations, renewals, and ends.", examples=[True])
    ] = UNSET


type _Line = Annotated[str, Meta(max_length=255)]
type _Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
type _Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


def _said(description: str, example: str) -> Meta:
    return Meta(description=description, examples=[example])


class AccountChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change of the account; what a body leaves out stays, and null empties what may be empty."""

    first_name: Annotated[_Line | UnsetType, _said("First name.", "Jane")] = UNSET
    last_name: Annotated[_Line | UnsetType, _said("Last name.", "Smith")] = UNSET
    company: Annotated[_Line | UnsetType | None, _said("Company name.", "Acme Hosting Ltd")] = UNSET
    email: Annotated[
        _Line | UnsetType,
        _said(
            "Billing email address. One that is no member's stands in `pending_email` until its owner follows the "
            "link that is mailed there.",
            "billing@acme.example",
        ),
    ] = UNSET
    phone: Annotated[_Line | UnsetType | None, _said("Phone number.", "+44 20 7946 0000")] = UNSET
    address1: Annotated[
        _Line | UnsetType | None, _said("Street and number.", "1 Harbour Street")
    ] = UNSET
    address2: Annotated[_Line | UnsetType | None, _said("More of the address.", "Floor 2")] = UNSET
    city: Annotated[_Line | UnsetType | None, _said("City.", "Bristol")] = UNSET
    state: Annotated[_Line | UnsetType | None, _said("State, county or region.", "Avon")] = UNSET
    postcode: Annotated[_Line | UnsetType | None, _said("Postal code.", "BS1 4DJ")] = UNSET
    country: Annotated[_Country | UnsetType, _said("ISO 3166 alpha-2 code.", "GB")] = UNSET
    tax_number: Annotated[
        _Line | UnsetType | None,
        _said(
            "VAT or other tax number. A VAT number of the EU is looked up afterwards, if the company has that done.",
            "GB123456789",
        ),
    ] = UNSET
    currency_code: Annotated[
        _Currency | UnsetType, _said("ISO 4217 code of what new orders are billed in.", "GBP")
    ] = UNSET
    language: Annotated[
        _Line | UnsetType,
        _said("Language of its documents and messages: one that the company offers.", "en"),
    ] = UNSET
    notifications: Annotated[
        NotificationChoices | UnsetType,
        Meta(description="What the member who made the token is emailed about."),
    ] = UNSET


_STORED_AS = {"tax_number": "tax_id", "language": "locale"}
_SENT_AS = {column: name for name, column in _STORED_AS.items()} | {"groups": "notifications"}


def _change(call: WriteCall) -> WriteResult:
    client: Client = call.record
    given = {name: value for name, value in asdict(call.body).items() if value is not UNSET}
    notifications = given.pop("notifications", None)
    changes: dict[str, Any] = {
        _STORED_AS.get(name, name): value or "" for name, value in given.items()
    }
    try:
        _count_mail(call, changes)
        if changes:
            edit_client(client=client, ctx=call.ctx, **changes)
        if notifications is not None:
            _choose_mails(call, notifications)
    except BusinessError as error:
        error.field = _SENT_AS.get(error.field or "", error.field)
        raise
    return WriteResult(ACCOUNT)


def _count_mail(call: WriteCall, changes: dict[str, str]) -> None:
    """A link goes to a new billing address, few times a day, and not again to one that it went to before."""
    client: Client = call.record
    email = normalize_client_value("email", changes.get("email", client.email))
    if email == client.pending_email and email:
        del changes["email"]
        return
    is_mailed = email.lower() != client.email.lower() and not call.is_dry_run
    if is_mailed and (wait := count_share(f"billing-email:{client.pk}", *BILLING_EMAIL_LINKS)):
        raise errors.too_many_requests(wait)


def _choose_mails(call: WriteCall, choices: NotificationChoices) -> None:
    membership = Membership.objects.for_client(call.record).get(user=maker_of(call))
    given = {name: wanted for name, wanted in asdict(choices).items() if wanted is not UNSET}
    wanted = mail_preferences(membership) | given
    # One that they may not get is not wanted either where it is switched off.
    groups = [name for name, is_wanted in wanted.items() if is_wanted]
    set_mail_preferences(membership=membership, groups=groups, ctx=call.ctx)


_EXAMPLE: dict[str, Any] = {
    "company": "Acme Hosting Ltd",
    "tax_number": "GB123456789",
    "notifications": {"billing": True},
}

ACCOUNT_WRITES = (
    StructWrite(
        path=ACCOUNT.path,
        method="PATCH",
        scope="profile:write",
        summary="Change the account",
        about="All of the body is done, or nothing of it. Documents that were issued stay as they are.",
        action=_change,
        shown=ACCOUNT,
        body=AccountChange,
        example=_EXAMPLE,
        reads=ACCOUNT,
        rows=Client.objects.for_client,
        needs_key=False,
        while_suspended=True,
        status=200,
        unsettled=(),
    ),
)
"""What changes the account."""
