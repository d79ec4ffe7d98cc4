"""What programs order, as they send it, and as cart lines (catalog-and-orders.md 6)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

from commerce.accounts.actions.api_writes.metadata import (
    MAX_KEY_LENGTH,
    MAX_REFERENCE_LENGTH,
    MAX_VALUE_LENGTH,
)
from commerce.accounts.models import Client
from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.v1.field_types import Cycle, Id
from commerce.api.v2.writing.bodies import member_problem, missing_member, pointer, unknown_member
from commerce.domains.actions.editing import nameserver_columns
from commerce.domains.offers import TldOffer, offers_for_names
from commerce.domains.registrants import MAX_LENGTHS, registry_phone
from commerce.domains.rules import normalize_name
from commerce.kit.errors import BusinessError
from commerce.orders.actions.placing_checks import check_holders
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.quote import OrderQuote, encrypt_auth_code
from commerce.orders.rules import MAX_ORDER_ITEMS


class OptionChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """What is chosen of an option of a product."""

    option_id: Id
    value: Annotated[
        int,
        Meta(
            ge=0,
            description="The id of the value; of a checkbox 1 or 0, of a quantity the number.",
            examples=[12],
        ),
    ]


def _contact(words: str, example: str) -> Meta:
    return Meta(max_length=254, description=words, examples=[example])


class NewRegistrant(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to hold a domain, in all roles."""

    first_name: Annotated[str, _contact("Given name.", "Ada")]
    last_name: Annotated[str, _contact("Family name.", "Smith")]
    email: Annotated[str, _contact("Email address.", "ada@acme.example")]
    phone: Annotated[str, _contact("With the country code.", "+44 2079460000")]
    address1: Annotated[str, _contact("Street and number.", "1 Main Street")]
    postcode: Annotated[str, _contact("Postal code.", "EC1A 1BB")]
    city: Annotated[str, _contact("City.", "London")]
    country: Annotated[
        str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 code.", examples=["GB"])
    ]
    company: Annotated[str, _contact("Organization, if it is one.", "Acme Ltd")] = ""
    address2: Annotated[str, _contact("Second line of the address.", "Floor 2")] = ""
    state: Annotated[str, _contact("State or region, where the country has some.", "")] = ""


class OrderedItem(Struct, frozen=True, forbid_unknown_fields=True):
    """One position: a product, or a domain to register or to transfer here."""

    action: Annotated[
        Literal["product", "register", "transfer"],
        Meta(description="What is ordered.", examples=["product"]),
    ] = "product"
    product_id: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="The product; of a product only, and required.", examples=[7]),
    ] = None
    billing_cycle: Annotated[
        Cycle | None,
        Meta(
            description="How often the product renews; of a product only, and required.",
            examples=["monthly"],
        ),
    ] = None
    options: Annotated[
        list[OptionChoice],
        Meta(max_length=50, description="Chosen options; of a product only.", examples=[[]]),
    ] = []
    quantity: Annotated[
        int, Meta(ge=1, le=100, description="Units; of a product only.", examples=[1])
    ] = 1
    domain: Annotated[
        Annotated[str, Meta(min_length=1, max_length=253)] | None,
        Meta(
            description="The domain; of a product the one that it is for, where it has one.",
            examples=["acme.example"],
        ),
    ] = None
    years: Annotated[
        Annotated[int, Meta(ge=1, le=10)] | None,
        Meta(
            description="Term of a registration; without it the shortest that its TLD has.",
            examples=[1],
        ),
    ] = None
    whois_privacy: Annotated[
        bool, Meta(description="Whether WHOIS hides the registrant.", examples=[True])
    ] = False
    nameservers: Annotated[
        list[Annotated[str, Meta(max_length=253)]],
        Meta(
            max_length=4,
            description="2 to 4 nameservers of a domain; without them a registration has the company's, and a transfer "
            "keeps those that it has.",
            examples=[["ns1.acme.example", "ns2.acme.example"]],
        ),
    ] = []
    auth_code: Annotated[
        Annotated[str, Meta(min_length=1, max_length=255)] | None,
        Meta(
            description="The authorization code of a transfer, from the present registrar.",
            examples=["Ex4mple-code"],
        ),
    ] = None
    registrant: Annotated[
        NewRegistrant | None,
        Meta(description="Who is to hold the domain; without it the holder of the account."),
    ] = None
    extra_fields: Annotated[
        dict[str, Annotated[str, Meta(max_length=500)]],
        Meta(
            max_length=50,
            description="What the registry of the TLD asks for besides.",
            examples=[{}],
        ),
    ] = {}


type OwnReference = Annotated[
    Annotated[str, Meta(min_length=1, max_length=MAX_REFERENCE_LENGTH)] | None,
    Meta(description="A text of your own.", examples=["shop-order-7731"]),
]
type OwnMetadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)],
        Annotated[str, Meta(min_length=1, max_length=MAX_VALUE_LENGTH)],
    ],
    Meta(description="Pairs of your own.", examples=[{"customer": "c-118"}]),
]


class NewOrderItem(OrderedItem, frozen=True, forbid_unknown_fields=True):
    """One position of an order, with your own words about it."""

    reference: OwnReference = None
    metadata: OwnMetadata = {}


type NewOrderItems = Annotated[list[NewOrderItem], Meta(min_length=1, max_length=MAX_ORDER_ITEMS)]
type OrderedItems = Annotated[list[OrderedItem], Meta(min_length=1, max_length=MAX_ORDER_ITEMS)]

_OF_NAME = {"domain", "whois_privacy", "nameservers", "registrant", "extra_fields"}
_MEMBERS = {
    "product": {"product_id", "billing_cycle", "options", "quantity", "domain"},
    "register": {*_OF_NAME, "years"},
    "transfer": {*_OF_NAME, "auth_code"},
}
_OWN_WORDS = {"reference", "metadata"}
_REQUIRED = {"product": ("product_id", "billing_cycle"), "register": ("domain",)}
_MEMBER_OF_FIELD = {"product": "product_id", "qty": "quantity", "domain_name": "domain"}
"""Members of an item by the field that an error of the business names, where it is called otherwise."""


def cart_lines_of_items(items: Sequence[OrderedItem], client: Client) -> list[CartLine]:
    """What is asked for as cart lines. Raises ``ApiProblem`` 422 with all that cannot be meant."""
    wrong = [part for number, one in enumerate(items) for part in _misfits(number, one)]
    if wrong:
        raise member_problem(wrong)
    names: dict[int, str] = {}
    for number, one in enumerate(items):
        with _at(number, wrong):
            if one.domain:
                names[number] = normalize_name(one.domain, field="domain")
    offers = _offers(items, names, client)
    lines: list[CartLine] = []
    for number, one in enumerate(items):
        with _at(number, wrong):
            name = names.get(number, "")
            if one.action == "product":
                lines.append(_product(one, name))
            else:
                lines.append(_domain(one, name, offers.get(name), client))
    if wrong:
        raise member_problem(wrong)
    return lines


def has_names(lines: Sequence[CartLine]) -> bool:
    """Whether a registrar is to be asked about some of them."""
    return any(isinstance(line, DomainCartLine) for line in lines)


def item_problem(
    error: BusinessError, lines: Sequence[CartLine], quote: Callable[[], OrderQuote]
) -> ApiProblem | None:
    """An error of the business as 422 at the items that have it; None where it is about no item.

    ``quote`` prices them once more.
    """
    found = [
        _part(number, entry.problem)
        for number, entry in enumerate(quote().entries)
        if entry.problem is not None
    ]
    if not found and error.field in ("registrant", "extra_fields"):
        for number, line in enumerate(lines):
            with _at(number, found):
                check_holders([line], quote().currency_code, of_all=True)
    if not found and "name" in error.values:
        found = [
            _part(number, error)
            for number, line in enumerate(lines)
            if line.domain and line.domain == error.values["name"]
        ]
    if not found:
        return None
    text = found[0].detail if len(found) == 1 else "Several items cannot be ordered."
    return ApiProblem(422, Error(text), code=found[0].code, parts=found)


def _misfits(number: int, item: OrderedItem) -> Iterator[ProblemPart]:
    """Members that an item of its kind does not have, or lacks."""
    given = {
        one.name for one in fields(item) if getattr(item, one.name) not in (one.default, [], {})
    }
    for name in sorted(given - {"action"} - _OWN_WORDS - _MEMBERS[item.action]):
        yield _moved(number, unknown_member(name))
    for name in _REQUIRED.get(item.action, ("domain",)):
        if getattr(item, name) is None:
            yield _moved(number, missing_member(name))
    chosen = [one.option_id for one in item.options]
    if len(set(chosen)) != len(chosen):
        text = "An option is chosen twice."
        yield ProblemPart("pointer", pointer("items", str(number), "options"), "not_valid", text)


def _moved(number: int, part: ProblemPart) -> ProblemPart:
    return part._replace(place=pointer("items", str(number)) + part.place)


@contextmanager
def _at(number: int, wrong: list[ProblemPart]) -> Iterator[None]:
    """Note what the business says of an item."""
    try:
        yield
    except BusinessError as error:
        wrong.append(_part(number, error))


def _part(number: int, error: BusinessError) -> ProblemPart:
    steps = [_MEMBER_OF_FIELD.get(error.field, error.field)] if error.field else []
    return ProblemPart("pointer", pointer("items", str(number), *steps), error.code, str(error))


def _offers(
    items: Sequence[OrderedItem], names: Mapping[int, str], client: Client
) -> Mapping[str, TldOffer]:
    ordered = [names[number] for number in names if items[number].action != "product"]
    return offers_for_names(ordered, client.currency_code) if ordered else {}


def _product(item: OrderedItem, name: str) -> ProductCartLine:
    assert item.product_id is not None
    assert item.billing_cycle is not None
    return ProductCartLine(
        product_id=item.product_id,
        billing_cycle=item.billing_cycle,
        options=tuple((one.option_id, one.value) for one in item.options),
        qty=item.quantity,
        domain=name,
    )


def _domain(item: OrderedItem, name: str, offer: TldOffer | None, client: Client) -> DomainCartLine:
    hosts = [host for host in nameserver_columns(item.nameservers).values() if host]
    if item.action == "transfer" and offer and offer.code_required and not item.auth_code:
        raise BusinessError("cart.code_not_valid", field="auth_code")
    shortest = offer.min_years if offer and item.action == "register" else 1
    return DomainCartLine(
        action=item.action,
        domain=name,
        years=item.years or shortest,
        whois_privacy=item.whois_privacy,
        nameservers=tuple(hosts),
        auth_code=encrypt_auth_code((item.auth_code or "").strip()),
        registrant=tuple(_holder(item.registrant, client).items()),
        extra_fields=tuple(item.extra_fields.items()),
    )


def _holder(given: NewRegistrant | None, client: Client) -> Mapping[str, str]:
    """As the checkout has it: the account's own address unless another is given, with a phone number as registries take
    it.
    """
    source: Any = given or client
    values = {name: str(getattr(source, name)).strip() for name in MAX_LENGTHS}
    return values | {"phone": registry_phone(values["phone"]) or values["phone"]}
