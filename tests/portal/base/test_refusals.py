"""The 403 page: what it says, and that it is audited (portal.md 1, backoffice.md 7)."""

import pytest

from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from tests.make.people import AT, make_client, make_member
from tests.portal.conftest import PortalCast


def test_a_missing_right_is_told_in_words_and_who_can_give_it(cast: PortalCast) -> None:
    page = cast.browse(cast.tess).get("/client/invoices").content.decode()
    assert "“View invoices”" in page
    assert "An owner of this account can give it to you: <bdi>Alice Example</bdi>." in page


def test_nobody_is_sent_to_ask_for_what_only_owners_have(cast: PortalCast) -> None:
    page = cast.browse(cast.bob).get("/client/members").content.decode()
    assert "Only owners of this account have it" in page
    assert "can give it to you" not in page


def test_refusals_were_not_audited(cast: PortalCast) -> None:
    web = cast.browse(cast.tess)
    web.get("/client/invoices/7?q=private")
    entry = AuditEntry.objects.get(action="user.refused")
    assert (entry.actor_id, entry.client_id) == (cast.tess.pk, cast.client.pk)
    assert entry.after == {"page": "GET /client/invoices/<int:pk>", "why": "invoices.view"}
    assert entry.staff_only
    assert len(entry.request_id) == 32


@pytest.mark.parametrize("several", [False, True])
def test_a_closed_account_offers_another_one_only_to_who_has_one(
    cast: PortalCast, *, several: bool
) -> None:
    close_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="left")
    if several:
        make_member(make_client(owner=None), user=cast.alice)
    page = cast.browse(cast.alice).get("/client/dashboard").content.decode()
    assert ('href="/client/switch"' in page) is several
    assert AuditEntry.objects.filter(action="user.refused", after__why="closed").exists()


def test_a_suspended_client_is_told_how_it_is_opened_again(cast: PortalCast) -> None:
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    web = cast.browse(cast.alice)
    assert "to reactivate it" in web.get("/client/dashboard").content.decode()
    page = web.get("/client/api-tokens").content.decode()
    assert "be created while the account is suspended." in page
    assert "Create a token to read" not in page
