"""The details of a client, as staff, members and programs fill them in (accounts.md 1), with their currency."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.labels import CLIENT_FIELD_LABELS
from commerce.accounts.locale import enabled_languages
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.catalog.actions.editing import without_none
from commerce.catalog.models import Currency
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Line, Reference, Words
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, TwoTexts
from commerce.presentation.countries import CountryCode
from commerce.presentation.email_addresses import Email
from commerce.site_settings.current import get_setting


def find_sold_currency(code: str) -> str:
    """The code of a currency in which new orders are taken. Raises ``BusinessError``."""
    found = Currency.objects.filter(pk=code.upper()).first()
    if found is None:
        raise BusinessError("currency.unknown", currency=code.upper(), field="currency_code")
    if not found.is_active:
        raise BusinessError("currency.not_active", currency=found.pk, field="currency_code")
    return found.pk


def sold_currencies() -> list[str]:
    """The codes of currencies in which new orders are taken, the default one first."""
    rows = Currency.objects.filter(is_active=True).order_by("-is_default", "code")
    return list(rows.values_list("code", flat=True))


def _languages_to_choose(client: Client | None) -> Iterable[str]:
    return dict.fromkeys(([client.locale] if client else []) + list(enabled_languages()))


def _text_line(column: str, most: int) -> Line:
    return Line(CLIENT_FIELD_LABELS[column], most=most, least=0)


FIRST_NAME = replace(_text_line("first_name", 100), least=1)
LAST_NAME = replace(_text_line("last_name", 100), least=1)
COMPANY = _text_line("company", 200)
EMAIL = Email(CLIENT_FIELD_LABELS["email"])
PHONE = _text_line("phone", 50)
ADDRESS1 = _text_line("address1", 200)
ADDRESS2 = _text_line("address2", 200)
POSTCODE = _text_line("postcode", 20)
CITY = _text_line("city", 100)
STATE = _text_line("state", 100)
COUNTRY = CountryCode(CLIENT_FIELD_LABELS["country"])
TAX_ID = _text_line("tax_id", 50)
CURRENCY = Reference(
    CLIENT_FIELD_LABELS["currency_code"],
    about=_("For new orders only. Services, invoices, and credit keep theirs."),
    find=find_sold_currency,
    among=sold_currencies,
)
LOCALE = Choice(
    CLIENT_FIELD_LABELS["locale"], labels=dict(settings.LANGUAGES), offered=_languages_to_choose
)


def _said_by_setting(setting: str) -> Any:
    """Propose what a setting says."""
    return lambda _record, _at: get_setting(setting)


def _default_currency(_record: None, _at: datetime) -> str:
    return next(iter(sold_currencies()), "")


@act(
    "client.new",
    None,
    label=_("New client"),
    done=_("Client created."),
    staff=StaffPermission.CLIENTS_CREATE,
    example=(
        "client create --owner nora@example.com --first-name Nora --last-name New --country DE --currency EUR"
    ),
)
@transaction.atomic
def open_client(
    *,
    owner_email: Annotated[
        str,
        Email(
            _("Owner's sign-in email"),
            about=_(
                "We'll send a welcome email there. A new owner chooses a password with a link."
            ),
        ),
    ],
    first_name: Annotated[str, FIRST_NAME],
    last_name: Annotated[str, LAST_NAME],
    country: Annotated[str, replace(COUNTRY, proposed=_said_by_setting("company.country"))],
    currency_code: Annotated[str, replace(CURRENCY, proposed=_default_currency)],
    ctx: Context,
    email: Annotated[
        str | None,
        replace(EMAIL, about=_("Leave empty to use the owner's email."), or_none=True),
    ] = None,
    company: Annotated[str, COMPANY] = "",
    phone: Annotated[str, PHONE] = "",
    address1: Annotated[str, ADDRESS1] = "",
    address2: Annotated[str, ADDRESS2] = "",
    postcode: Annotated[str, POSTCODE] = "",
    city: Annotated[str, CITY] = "",
    state: Annotated[str, STATE] = "",
    tax_id: Annotated[str, TAX_ID] = "",
    locale: Annotated[
        str | None, replace(LOCALE, proposed=_said_by_setting("locale.default"))
    ] = None,
) -> Client:
    """``open_client_account`` with a currency in which new orders are taken."""
    details = {
        "company": company,
        "phone": phone,
        "address1": address1,
        "address2": address2,
        "postcode": postcode,
        "city": city,
        "state": state,
        "tax_id": tax_id,
        "locale": locale,
    }
    client, _is_new = open_client_account(
        owner_email=owner_email,
        first_name=first_name,
        last_name=last_name,
        email=email or owner_email,
        country=country,
        currency_code=find_sold_currency(currency_code),
        ctx=ctx,
        **{name: value for name, value in details.items() if value},
    )
    return client


def _saved_text(client: Client, _record: Client) -> Words:
    """What a member reads, whose new billing address is used once its owner has agreed."""
    if not client.pending_email:
        return _("Profile saved.")
    text = _("Profile saved. Invoices keep going to %(email)s until %(wanted)s is confirmed.")
    return text % {"email": client.email, "wanted": client.pending_email}


@act(
    "client.edit",
    Client,
    label=_("Edit"),
    done=TwoTexts(staff=_("Client saved."), member=_saved_text),
    staff=StaffPermission.CLIENTS_EDIT,
    member="profile.manage",
    while_suspended=True,
    example='client change 17 --email billing@acme.example --phone "+44 20 7946 0018"',
)
@transaction.atomic
def edit_client(
    *,
    client: Client,
    ctx: Context,
    first_name: Annotated[str | None, replace(FIRST_NAME, edits="first_name")] = None,
    last_name: Annotated[str | None, replace(LAST_NAME, edits="last_name")] = None,
    company: Annotated[str | None, replace(COMPANY, edits="company")] = None,
    email: Annotated[str | None, replace(EMAIL, edits="email")] = None,
    phone: Annotated[str | None, replace(PHONE, edits="phone")] = None,
    address1: Annotated[str | None, replace(ADDRESS1, edits="address1")] = None,
    address2: Annotated[str | None, replace(ADDRESS2, edits="address2")] = None,
    postcode: Annotated[str | None, replace(POSTCODE, edits="postcode")] = None,
    city: Annotated[str | None, replace(CITY, edits="city")] = None,
    state: Annotated[str | None, replace(STATE, edits="state")] = None,
    country: Annotated[str | None, replace(COUNTRY, edits="country")] = None,
    tax_id: Annotated[str | None, replace(TAX_ID, edits="tax_id")] = None,
    currency_code: Annotated[str | None, replace(CURRENCY, edits="currency_code")] = None,
    locale: Annotated[str | None, replace(LOCALE, edits="locale")] = None,
    custom: Mapping[int, str] | None = None,
) -> Client:
    """``change_client`` with a currency in which new orders are taken, unless it is the client's."""
    if currency_code is not None and currency_code != client.currency_code:
        currency_code = find_sold_currency(currency_code)
    changes = without_none(
        first_name=first_name,
        last_name=last_name,
        company=company,
        email=email,
        phone=phone,
        address1=address1,
        address2=address2,
        postcode=postcode,
        city=city,
        state=state,
        country=country,
        tax_id=tax_id,
        currency_code=currency_code,
        locale=locale,
    )
    return change_client(client=client, ctx=ctx, custom=custom, **changes)
