"""Why an action on a client is not possible now: what is asked before says what it raises."""

from collections.abc import Callable
from typing import Any

import pytest

from commerce.accounts.actions import (
    client_flags,
    clients,
    custom_fields,
    invitations,
    tokens,
)
from commerce.accounts.actions.annotations import tags
from commerce.accounts.data_export import actions as exports
from commerce.accounts.erasure.actions import erasure, requests
from commerce.accounts.impersonation import actions as impersonation
from commerce.accounts.models import Client, Invitation
from commerce.accounts.session_store import SessionStore
from commerce.billing.credit.actions import add_credit
from commerce.billing.tax import actions as tax
from commerce.hosting.actions import client_services
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.account_closing import close_client_account
from tests import make
from tests.make.blocked_reasons import Acts, blocked_codes

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
WHY: dict[str, Any] = {"reason": "Asked", "ctx": CTX}

CLIENT_ACTS: Acts = {
    "suspend": (
        clients.suspend_client_blocked_reason,
        lambda one: clients.suspend_client(client=one, **WHY),
    ),
    "reopen": (
        clients.reopen_client_blocked_reason,
        lambda one: clients.reopen_client(client=one, **WHY),
    ),
    "close": (
        clients.close_client_blocked_reason,
        lambda one: close_client_account(client=one, end_everything=True, **WHY),
    ),
    "services": (
        client_services.suspend_client_services_blocked_reason,
        lambda one: client_services.suspend_client_services(client=one, **WHY),
    ),
    "end exemption": (
        client_flags.end_exemption_blocked_reason,
        lambda one: client_flags.end_exemption(client=one, **WHY),
    ),
    "dunning on": (
        client_flags.dunning_on_blocked_reason,
        lambda one: client_flags.turn_dunning_on(client=one, **WHY),
    ),
    "dunning off": (
        client_flags.dunning_off_blocked_reason,
        lambda one: client_flags.turn_dunning_off(client=one, **WHY),
    ),
    "invite": (
        invitations.invite_member_blocked_reason,
        lambda one: invite(one, "new@example.com"),
    ),
    "token": (
        tokens.create_token_blocked_reason,
        lambda one: make.make_token(one, name="another"),
    ),
    "tags": (
        tags.set_client_tags_blocked_reason,
        lambda one: tags.set_client_tags(client=one, tags=[], ctx=CTX),
    ),
    "fields": (
        custom_fields.set_custom_values_blocked_reason,
        lambda one: custom_fields.set_custom_values(client=one, values={}, ctx=CTX),
    ),
    "act for": (
        impersonation.start_impersonation_blocked_reason,
        lambda one: impersonation.start_impersonation(
            client=one, staff_session=SessionStore(), **WHY
        ),
    ),
    "export": (
        exports.request_data_export_blocked_reason,
        lambda one: exports.request_data_export(client=one, ctx=CTX),
    ),
    "erase": (
        requests.request_erasure_blocked_reason,
        lambda one: requests.request_erasure(client=one, ctx=CTX),
    ),
    "erase for them": (
        requests.request_erasure_blocked_reason,
        lambda one: requests.request_erasure_for_staff(client=one, **WHY),
    ),
    "keep": (
        requests.withdraw_erasure_blocked_reason,
        lambda one: requests.withdraw_erasure(client=one, ctx=CTX),
    ),
    "vat": (
        tax.vat_number_blocked_reason,
        lambda one: tax.mark_vat_number_valid(client=one, evidence="A letter", ctx=CTX),
    ),
}

OF_EACH = {
    "reopen": "client.already_active",
    "services": "client.no_active_services",
    "end exemption": "client.not_exempt",
    "dunning on": "client.dunning_on",
    "tags": "client_tag.none",
    "fields": "custom_field.none",
    "keep": "erasure.none_open",
    "vat": "tax.client_without_number",
}
"""Of a client who has nothing."""


def invite(client: Client, email: str) -> Invitation:
    return invitations.invite_member(
        client=client, email=email, role="billing", rights=["invoices.view"], ctx=CTX
    )


def suspended() -> Client:
    client = make.make_client()
    clients.suspend_client(client=client, **WHY)
    return client


def closed() -> Client:
    client = make.make_client()
    close_client_account(client=client, **WHY)
    return client


def erased() -> Client:
    client = make.make_client()
    erasure.erase_client(erasure=requests.request_erasure(client=client, ctx=CTX), ctx=CTX)
    client.refresh_from_db()
    make.make_member(client, role="owner")
    return client


def with_all() -> Client:
    client = make.make_client(country="AT", tax_id="ATU10000005")
    make.make_service(client)
    make.make_custom_field()
    tags.create_tag(name="VIP", ctx=CTX)
    client_flags.exempt_client(client=client, **WHY)
    client_flags.turn_dunning_off(client=client, **WHY)
    exports.request_data_export(client=client, ctx=CTX)
    for number in range(invitations.MAX_OPEN_INVITATIONS):
        invite(client, f"person{number}@example.org")
    for _number in range(tokens.MAX_LIVE_TOKENS):
        make.make_token(client)
    return client


def to_be_erased() -> Client:
    client = make.make_client()
    requests.request_erasure(client=client, ctx=CTX)
    return client


def erasure_blocked() -> Client:
    client = make.make_client()
    erasure = requests.request_erasure(client=client, ctx=CTX)
    add_credit(client=client, currency_code="EUR", amount=500, ctx=CTX)
    requests.block_erasure(erasure=erasure, ctx=CTX)
    return client


ERASE = ("erase", "erase for them")
NOT_ACTIVE = {"suspend": "client.not_active", "invite": "invitation.client_not_active"}


@pytest.mark.parametrize(
    ("state", "more", "possible"),
    [
        (make.make_client, {}, ()),
        (suspended, NOT_ACTIVE, ("reopen",)),
        (
            closed,
            NOT_ACTIVE | {"close": "client.already_closed", "act for": "client.closed_to_staff"},
            ("reopen",),
        ),
        (
            erased,
            NOT_ACTIVE
            | {"close": "client.already_closed", "act for": "client.closed_to_staff"}
            | {"reopen": "client.erased"}
            | dict.fromkeys(ERASE, "erasure.already_requested"),
            (),
        ),
        (
            with_all,
            {
                "dunning off": "client.dunning_off",
                "invite": "invitation.too_many_open",
                "token": "api_token.too_many",
                "export": "data_export.under_way",
                **dict.fromkeys(ERASE, "erasure.blocked"),
            },
            ("services", "end exemption", "dunning on", "tags", "fields", "vat"),
        ),
        (to_be_erased, dict.fromkeys(ERASE, "erasure.already_requested"), ("keep",)),
        (erasure_blocked, dict.fromkeys(ERASE, "erasure.requested_and_blocked"), ("keep",)),
    ],
)
def test_what_is_said_of_a_client_is_what_is_raised(
    state: Callable[[], Client], more: dict[str, str], possible: tuple[str, ...]
) -> None:
    expected = {name: code for name, code in (OF_EACH | more).items() if name not in possible}
    assert blocked_codes(CLIENT_ACTS, state(), CTX) == expected
