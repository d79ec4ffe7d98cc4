"""``GET /tlds`` and ``GET /tlds/{id}``: under what names can be registered or transferred, at this client's prices.

As with products, prices and what a registry asks for are worked out by the rules of the store and of orders.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from django.db.models import QuerySet
from msgspec import Meta, Struct

from commerce.api.read.fields import api_field
from commerce.api.v1.field_types import Amount, CurrencyCode
from commerce.api.v2.reading.resource import WORKED_OUT, Resource
from commerce.api.v2.resources.catalog.own_prices import OwnPrices, own_currency, own_prices
from commerce.domains.models import Tld as TldModel
from commerce.domains.models import TldPrice
from commerce.domains.offers import TldOffer, tld_offers
from commerce.domains.registrants import MAX_LENGTHS, OPTIONAL_FIELDS
from commerce.domains.registrars.registry import contact_limits_of
from commerce.domains.registrars.registry_fields import is_asked, options_of_field, type_of_field
from commerce.site_settings.current import get_setting


class NamePrice(Struct, frozen=True):
    """What an act with a name costs this client."""

    amount: Annotated[Amount, Meta(description="Before tax, in minor units.")]
    amount_with_tax: Annotated[
        Amount,
        Meta(description="The same with the tax of this client, as an invoice of today has."),
    ]


class ContactField(Struct, frozen=True):
    """A field of the registrant."""

    name: Annotated[str, Meta(description="Its name.", examples=["first_name"])]
    is_required: Annotated[
        bool,
        Meta(
            description="Whether it must be filled in. Registries ask some countries for a state."
        ),
    ]
    max_length: Annotated[int, Meta(ge=1, description="Most characters.", examples=[100])]


class RegistryFieldOption(Struct, frozen=True):
    """One of the values of a registry's field."""

    value: Annotated[str, Meta(description="What is sent.", examples=["C11"])]
    label: Annotated[str, Meta(description="What it means.", examples=["U.S. citizen"])]


class RegistryFieldCondition(Struct, frozen=True):
    """When a registry's field is asked for."""

    field: Annotated[str, Meta(description="Another field.", examples=["purpose"])]
    values: Annotated[
        list[str], Meta(description="With one of these values in it.", examples=[["P1"]])
    ]


class RegistryField(Struct, frozen=True):
    """What a registry asks for besides the registrant."""

    name: Annotated[str, Meta(description="Its name.", examples=["nexus"])]
    label: Annotated[str, Meta(description="What it asks for.", examples=["Nexus category"])]
    type: Annotated[
        Literal["text", "choice", "country", "date", "tick"],
        Meta(description="What is filled in; a `tick` is sent as `yes`."),
    ]
    is_required: Annotated[
        bool, Meta(description="Whether it must be filled in where it is asked for.")
    ]
    options: Annotated[
        list[RegistryFieldOption], Meta(description="What a `choice` or `tick` can be.")
    ]
    needed_if: Annotated[
        RegistryFieldCondition | None,
        Meta(description="The answer with which alone it is asked for; null if it always is."),
    ]


class NameOffer(Struct, frozen=True):
    """What is worked out for a TLD and a client."""

    currency_code: str
    can_register: bool
    can_transfer: bool
    prices: Mapping[str, NamePrice | None]
    contact_fields: list[ContactField]
    registry_fields: list[RegistryField]


def _offers(client_id: int, ids: Sequence[int]) -> Mapping[int, NameOffer]:
    own = own_prices(client_id)
    names = dict(TldModel.objects.filter(pk__in=ids).values_list("pk", "tld"))
    offers = tld_offers(own.client.currency_code, names.values())
    return {pk: _offer(own, offers[tld]) for pk, tld in names.items()}


def _offer(own: OwnPrices, offer: TldOffer) -> NameOffer:
    return NameOffer(
        currency_code=own.client.currency_code,
        can_register=offer.is_sold("register"),
        can_transfer=offer.is_sold("transfer"),
        prices={
            act: _price(own, getattr(offer, act))
            for act in ("register", "renew", "transfer", "restore")
        },
        contact_fields=_contact_fields(offer.registrar or get_setting("domains.registrar")),
        registry_fields=_registry_fields(offer),
    )


def _price(own: OwnPrices, amount: int | None) -> NamePrice | None:
    net, gross = own.net.name_amount(amount), own.gross.name_amount(amount)
    return None if net is None or gross is None else NamePrice(net, gross)


def _contact_fields(registrar: str) -> list[ContactField]:
    limits = contact_limits_of(registrar).lengths
    return [
        ContactField(name, name not in OPTIONAL_FIELDS, min(most, limits.get(name, most)))
        for name, most in MAX_LENGTHS.items()
    ]


def _registry_fields(offer: TldOffer) -> list[RegistryField]:
    return [
        RegistryField(
            name=one["name"],
            label=one.get("label") or one["name"],
            type=str(type_of_field(one)),  # type: ignore[arg-type]  # one of its choices
            is_required=bool(one.get("required")),
            options=[RegistryFieldOption(*pair) for pair in options_of_field(one)],
            needed_if=RegistryFieldCondition(*one["needed_if"]) if one.get("needed_if") else None,
        )
        for one in offer.extra_fields
        if is_asked(one)
    ]


def _priced(act: str, story: int, description: str) -> Meta:
    return api_field(
        WORKED_OUT,
        show=lambda offer: offer.prices[act],
        story=[{"amount": story, "amount_with_tax": story * 6 // 5}],
        description=description,
    )


class Tld(Struct, frozen=True):
    """An ending under which this client may register or transfer names, at its own prices."""

    id: Annotated[
        str,
        api_field(
            "tld", story=["example"], description="The ending without its dot.", examples=["com"]
        ),
    ]
    currency_code: Annotated[
        CurrencyCode,
        api_field(WORKED_OUT, show=lambda offer: offer.currency_code, story=["GBP"]),
    ]
    can_register: Annotated[
        bool,
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.can_register,
            story=[True],
            description="Whether names can be registered.",
        ),
    ]
    can_transfer: Annotated[
        bool,
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.can_transfer,
            story=[True],
            description="Whether names can be transferred to here.",
        ),
    ]
    register: Annotated[
        NamePrice | None, _priced("register", 1000, "Of one year; null if it is not offered.")
    ]
    renew: Annotated[
        NamePrice | None, _priced("renew", 1200, "Of one year; null if it is not offered.")
    ]
    transfer: Annotated[
        NamePrice | None, _priced("transfer", 1000, "Of a transfer; null if it is not offered.")
    ]
    restore: Annotated[
        NamePrice | None,
        _priced("restore", 8000, "Of getting a name out of redemption; null if it is not offered."),
    ]
    min_years: Annotated[
        int,
        api_field(
            "min_years",
            ge=1,
            le=10,
            description="Fewest years of a registration.",
            examples=[1],
        ),
    ]
    max_years: Annotated[
        int,
        api_field("max_years", ge=1, le=10, description="Most of them.", examples=[10]),
    ]
    transfer_adds_year: Annotated[
        bool,
        api_field(
            "transfer_adds_year",
            story=[True],
            description="Whether a transfer renews the name by a year.",
        ),
    ]
    requires_authorization_code: Annotated[
        bool,
        api_field(
            "code_required", story=[True], description="Whether a transfer needs the code of it."
        ),
    ]
    has_whois_privacy: Annotated[
        bool,
        api_field(
            "privacy_available", story=[True], description="Whether WHOIS privacy is possible."
        ),
    ]
    grace_days: Annotated[
        int,
        api_field(
            "grace_days",
            ge=0,
            description="Days after expiry in which a name can be renewed as before.",
            examples=[30],
        ),
    ]
    redemption_days: Annotated[
        int,
        api_field(
            "redemption_days",
            ge=0,
            description="Days after those in which it can be restored.",
            examples=[30],
        ),
    ]
    contact_fields: Annotated[
        list[ContactField],
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.contact_fields,
            story=[[{"name": "first_name", "is_required": True, "max_length": 100}]],
            description="What the registrant of a name has.",
        ),
    ]
    registry_fields: Annotated[
        list[RegistryField],
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.registry_fields,
            story=[[]],
            description="What the registry asks for besides.",
        ),
    ]


def _on_sale() -> QuerySet[TldModel]:
    priced = TldPrice.objects.filter(currency__in=own_currency(), renew__isnull=False)
    return TldModel.objects.on_sale().filter(pk__in=priced.values("tld"))


TLDS = Resource(
    path="/api/v2/tlds",
    scope="catalog:read",
    name="TLDs",
    queryset=_on_sale,
    list_struct=Tld,
    row_struct=Tld,
    created_column="",
    is_versioned=False,
    key_column="tld",
    key_pattern="^[0-9a-z.-]+$",
    default_sort="id",
    works_out=_offers,
)
