"""Nameservers, contacts and authorization codes of domains (domains.md 5)."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from commerce.api.core import errors
from commerce.api.core.errors import ProblemPart
from commerce.api.core.limits import count_share, give_share_back
from commerce.api.read.fields import api_field
from commerce.api.v2.resources.carriers import DOMAIN_CHANGE
from commerce.api.v2.resources.domains import DOMAINS
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.writing.bodies import member_problem, pointer
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult, answer_shape
from commerce.dns.actions.checks import ask_parent_ds
from commerce.domains.actions.changes import ParentDs, request_contacts, request_nameservers
from commerce.domains.actions.codes import (
    MAX_CODE_FAILURES,
    ask_for_auth_code,
    check_auth_code,
    note_auth_code,
)
from commerce.domains.models import Domain
from commerce.domains.registrants import CONTACT_ROLES
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits
from commerce.kit.text import clean_line
from commerce.presentation.idn import stored_name


class NameserversBody(Struct, frozen=True, forbid_unknown_fields=True):
    """All nameservers of a domain, in their order."""

    nameservers: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=255)]],
        Meta(
            min_length=2,
            max_length=4,
            description="Host names, each another.",
            examples=[["ns1.example.net", "ns2.example.net"]],
        ),
    ]


def _hosts(call: WriteCall) -> list[str]:
    return [stored_name(host) for host in call.body.nameservers]


def _ask_parent(call: WriteCall) -> ParentDs:
    """Names that come to our nameservers with DS records of others would be found by nobody."""
    return ask_parent_ds(call.record, _hosts(call), call.ctx)


def _set_nameservers(call: WriteCall) -> WriteResult:
    hosts = _hosts(call)
    same = [host.lower().removesuffix(".") for host in hosts] == call.record.nameservers
    parent = call.prepared or ParentDs(call.ctx.at, frozenset())  # a dry run asks nobody
    change = None
    if not same:
        change = request_nameservers(
            domain=call.record, nameservers=hosts, parent=parent, ctx=call.ctx
        )
    return started(
        call,
        act="nameservers",
        record=call.record,
        carrier=(DOMAIN_CHANGE, change),
        not_checked=("registry",),
    )


def _text(most: int, description: str, example: str, least: int = 1) -> Meta:
    return Meta(min_length=least, max_length=most, description=description, examples=[example])


class DomainContactBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Who stands behind a domain in a role, as registries take them."""

    first_name: Annotated[str, _text(100, "First name.", "Alice")]
    last_name: Annotated[str, _text(100, "Last name.", "Archer")]
    email: Annotated[str, _text(254, "Email address.", "alice@acme.example")]
    phone: Annotated[
        str, _text(30, "Phone number: country code, a dot, and digits.", "+44.2079460000")
    ]
    address1: Annotated[str, _text(200, "First line of the address.", "1 High Street")]
    city: Annotated[str, _text(100, "City.", "London")]
    postcode: Annotated[str, _text(20, "Postal code.", "SW1A 1AA")]
    country: Annotated[
        str,
        Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 code of the country.", examples=["GB"]),
    ]
    company: Annotated[str, _text(200, "Company; empty for a person.", "Acme Ltd", 0)] = ""
    address2: Annotated[str, _text(200, "Second line of the address.", "2nd floor", 0)] = ""
    state: Annotated[str, _text(100, "State or province, where there are.", "Kent", 0)] = ""


class DomainContactsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """All contacts of a domain. A role that is left out, or null, is the registrant."""

    registrant: Annotated[
        DomainContactBody,
        Meta(
            description="Who holds the domain. The registry may ask the old and the new holder to confirm."
        ),
    ]
    admin: Annotated[DomainContactBody | None, Meta(description="Who decides about it.")] = None
    tech: Annotated[DomainContactBody | None, Meta(description="Who runs it.")] = None
    billing: Annotated[DomainContactBody | None, Meta(description="Who pays for it.")] = None


def _set_contacts(call: WriteCall) -> WriteResult:
    wanted = {}
    for role in CONTACT_ROLES:
        contact = getattr(call.body, role) or call.body.registrant
        wanted[role] = {name: clean_line(value) for name, value in asdict(contact).items()}
    change = None
    if wanted != call.record.contacts:
        try:
            change = request_contacts(domain=call.record, contacts=wanted, ctx=call.ctx)
        except BusinessError as error:
            role, _, name = (error.field or "").partition("_")
            if not name:
                raise
            given = role if getattr(call.body, role, None) else "registrant"
            part = ProblemPart("pointer", pointer(given, name), error.code, str(error))
            raise member_problem([part]) from error
    return started(call, act="contacts", record=call.record, carrier=(DOMAIN_CHANGE, change))


class AuthorizationCode(Struct, frozen=True):
    """What another provider asks for to take a domain over."""

    authorization_code: Annotated[
        str | None,
        api_field(
            description="The code. It is shown once: the answer to a repeated key says `secret_expired` in its place. "
            "Null in the answer of a dry run.",
            examples=["Xk7!mQ2pRz"],
        ),
    ]


def _ask_for_code(call: WriteCall) -> str:
    """The code, which is kept nowhere. What gives none counts for the client, here and in the portal."""
    check_auth_code(domain=call.record, ctx=call.ctx)
    key = f"auth-code-failed:{call.caller.client_id}"
    if wait := count_share(key, MAX_CODE_FAILURES, 3600):
        raise errors.too_many_requests(wait)
    try:
        with page_limits():
            code = ask_for_auth_code(call.record, call.ctx)
    except TimeoutError as busy:
        raise BusinessError("domain.code_not_available_now") from busy
    give_share_back(key)
    return code


def _show_code(call: WriteCall) -> WriteResult:
    if call.is_dry_run:
        check_auth_code(domain=call.record, ctx=call.ctx)
        return WriteResult(CODES, made=AuthorizationCode(None), not_checked=("registrar",))
    note_auth_code(domain=call.record, ctx=call.ctx)
    return WriteResult(
        CODES, made=AuthorizationCode(None), shown_once={"authorization_code": call.prepared}
    )


CODES = answer_shape(AuthorizationCode, name="domains")

_CONTACT = {
    "first_name": "Alice",
    "last_name": "Archer",
    "company": "Acme Ltd",
    "email": "alice@acme.example",
    "phone": "+44.2079460000",
    "address1": "1 High Street",
    "city": "London",
    "postcode": "SW1A 1AA",
    "country": "GB",
}
DOMAIN_WRITES = (
    StructWrite(
        path="/api/v2/domains/{id}/nameservers",
        method="PUT",
        scope="domains:write",
        summary="Domain: set its nameservers",
        about="Answers 202 with an operation. Nameservers of others are refused while the domain's zone here is "
        "signed, and ours while the registry has DS records of another provider.",
        action=_set_nameservers,
        asks_first=_ask_parent,
        shown=OPERATIONS,
        body=NameserversBody,
        example={"nameservers": ["ns1.example.net", "ns2.example.net"]},
        reads=DOMAINS,
        rows=Domain.objects.for_client,
        needs_key=False,
        needs_version=True,
        status=202,
    ),
    StructWrite(
        path="/api/v2/domains/{id}/contacts",
        method="PUT",
        scope="domains:write",
        summary="Domain: set its contacts",
        about="Answers 202 with an operation. A registry may ask the old and the new holder to confirm.",
        action=_set_contacts,
        shown=OPERATIONS,
        body=DomainContactsBody,
        example={"registrant": _CONTACT},
        reads=DOMAINS,
        rows=Domain.objects.for_client,
        needs_key=False,
        needs_version=True,
        status=202,
    ),
    StructWrite(
        path="/api/v2/domains/{id}/authorization-code",
        scope="domains:transfer",
        summary="Domain: show its authorization code",
        about="The domain must be unlocked. Five a day; the owners of the account are told by email.",
        action=_show_code,
        asks_first=_ask_for_code,
        shown=CODES,
        reads=DOMAINS,
        rows=Domain.objects.for_client,
        status=200,
    ),
)
"""What is done with a domain and takes more than a switch."""
