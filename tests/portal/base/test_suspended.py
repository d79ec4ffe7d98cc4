"""What a suspended client may still send: pay, end access, look after one's own security, and nothing else."""

from django.db import transaction

from commerce.accounts.actions.clients import suspend_client
from commerce.kit.context import SYSTEM, Context
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, PASSWORD
from tests.portal.base.test_foreign_ids import PARAMETER, address, everything
from tests.portal.base.test_tenancy import FORMS, OWN, filled
from tests.portal.conftest import PortalCast

LET_THROUGH = {
    # What is owed.
    "client/invoices/<int:pk>/charge",
    "client/invoices/<int:pk>/declare-transfer",
    "client/invoices/<int:pk>/pay/<slug:gateway>",
    "client/invoices/<int:pk>/use-credit",
    "client/invoices/pay",
    "client/payment-methods/add",
    "client/payment-methods/autopay",
    "client/payment-methods/<int:pk>/default",
    "client/payment-methods/<int:pk>/remove",
    # What a consumer stated: nobody may be kept from it.
    "client/statements/<int:pk>",
    # Who else has access.
    "client/api-tokens/<int:pk>/revoke",
    "client/api-tokens/<int:pk>/rotate",
    "client/webhooks/<int:pk>/pause",
    "client/webhooks/<int:pk>/remove",
    "client/webhooks/<int:pk>/rotate",
    "client/invitations/<int:pk>/withdraw",
    "client/members/<int:pk>/remove",
    # The person, and how the client is reached.
    "client/data/erase",
    "client/data/export",
    "client/data/keep",
    "client/notifications",
    "client/notifications/address",
    "client/profile",
    "client/profile/billing-email/drop",
    "client/security/email",
    "client/security/email/drop",
    "client/security/email/verify",
    "client/security/language",
    "client/security/passkeys",
    "client/security/passkeys/<int:pk>/rename",
    "client/security/passkeys/options",
    "client/security/password",
    "client/security/sessions/<int:pk>/end",
    "client/security/sessions/end-others",
    "client/security/two-factor",
    "client/security/two-factor/<int:pk>/remove",
    "client/security/two-factor/codes",
    "client/switch",
    # The way back of staff who act for a client; of nobody else (404).
    "client/return-to-admin",
}
"""Routes; neither an order nor a change of a service, a domain or an order is among them."""


def test_what_a_suspended_client_may_send(cast: PortalCast) -> None:
    with commit_and_deliver():
        ids = everything(cast.client, cast.alice)
    suspend_client(client=cast.client, reason="late", ctx=Context(AT, SYSTEM))
    found = set()
    for route in OWN:
        where = address(route, ids) if PARAMETER.search(route) else filled(route)
        form = FORMS.get(route, {}) | {"password": PASSWORD, "remove": "1"}
        with transaction.atomic():  # each finds the client as it was
            web = cast.browse(cast.alice)
            web.raise_request_exception = False  # the factors of this world are no real ones
            answer = web.post(where, form)
            transaction.set_rollback(True)
        if answer.status_code not in (403, 405):
            found.add(route)
        elif answer.status_code == 403:
            assert "This account is suspended" in answer.content.decode(), route
    assert found == LET_THROUGH


def test_a_suspended_client_orders_nothing(cast: PortalCast) -> None:
    suspend_client(client=cast.client, reason="late", ctx=Context(AT, SYSTEM))
    answer = cast.browse(cast.alice).post("/checkout", {"key": "k" * 24})
    assert answer.status_code == 403
    assert "This account is suspended" in answer.content.decode()
