"""`/client/notifications`: the groups of mails of a member, and the mails that he got (portal.md 3)."""

from datetime import timedelta

import pytest

from commerce.accounts import recipients
from commerce.accounts.actions.clients import suspend_client
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests.make.people import AT
from tests.portal.conftest import PortalCast

PATH = "/client/notifications"


def mailed(cast: PortalCast, key: str = "1", **over: object) -> OutgoingMail:
    whole = {
        "event": "order_placed",
        "idempotency_key": key,
        "recipient": cast.alice.email,
        "client_id": cast.client.pk,
        "status": "sent",
        "subject": "Your order ORD-0001",
        "text": "Hello <b>Alice</b>,\n\nthank you.",
        "html": "<p>x</p><script>alert(1)</script>",
        "created_at": AT,
        "sent_at": AT,
        **over,
    }
    return OutgoingMail.objects.create(**whole)


def told(cast: PortalCast, group: str) -> list[str]:
    return [one.email for one in recipients.client_recipients(cast.client, group)]


def test_a_member_chooses_the_groups_of_his_mails(cast: PortalCast) -> None:
    assert set(told(cast, "services")) == {cast.alice.email, cast.bob.email, cast.tess.email}
    assert cast.client.email in told(cast, "billing")
    web = cast.browse(cast.bob)
    assert "Billing: invoices" in web.get(PATH).content.decode()
    answer = web.post(PATH, {"groups": ["billing"]})
    assert (answer.status_code, answer["Location"]) == (303, PATH)
    assert told(cast, "billing")[1:] == [cast.bob.email]
    web.post(PATH, {})
    assert cast.bob.email not in told(cast, "billing")
    assert cast.bob.email not in told(cast, "services")
    entries = AuditEntry.objects.filter(action="membership.mails_chosen").order_by("pk")
    off = {"services": False, "domains": False}
    assert [entry.after for entry in entries] == [{"billing": True} | off, {"billing": False}]


def test_a_group_that_he_may_not_get_is_neither_offered_nor_taken(cast: PortalCast) -> None:
    cast.bob.memberships.update(rights=["invoices.view", "services.view"])
    web = cast.browse(cast.bob)
    page = web.get(PATH).content.decode()
    assert "Domains: registered" not in page
    assert web.post(PATH, {"groups": ["domains"]}).status_code == 422
    assert not AuditEntry.objects.filter(action="membership.mails_chosen").exists()


def test_a_suspended_client_still_chooses(cast: PortalCast) -> None:
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="test")
    assert cast.browse(cast.alice).post(PATH, {"groups": []}).status_code == 303


def test_the_mails_of_90_days_are_listed_newest_first(cast: PortalCast) -> None:
    mailed(cast, "1", subject="The first", created_at=AT - timedelta(days=89), sent_at=AT)
    mailed(cast, "2", subject="The second", recipient=cast.alice.email.upper())
    page = cast.browse(cast.alice).get(PATH).content.decode()
    assert page.index("The second") < page.index("The first")


@pytest.mark.parametrize(
    "over",
    [
        {"sent_at": AT - timedelta(days=91)},
        {"recipient": "bob@example.com"},
        {"client_id": 987_654_321},
        {"client_id": None},
        {"status": "queued", "sent_at": None},
    ],
)
def test_other_mails_do_not_exist_for_him(cast: PortalCast, over: dict[str, object]) -> None:
    mail, web = mailed(cast, **over), cast.browse(cast.alice)
    assert "No emails yet" in web.get(PATH).content.decode()
    assert web.get(f"{PATH}/{mail.pk}").status_code == 404


def test_a_mail_is_shown_as_text(cast: PortalCast) -> None:
    page = cast.browse(cast.alice).get(f"{PATH}/{mailed(cast).pk}").content.decode()
    assert "Hello &lt;b&gt;Alice&lt;/b&gt;," in page
    assert "alert(1)" not in page


def test_of_a_security_mail_the_page_says_that_its_text_is_not_kept(cast: PortalCast) -> None:
    page = cast.browse(cast.alice).get(f"{PATH}/{mailed(cast, text='', html='').pk}")
    assert "keep the text of security emails" in page.content.decode()
