"""The address that bills go to: whose it may be, who agrees, and who is told when it changes (accounts.md 1 and 8)."""

from datetime import timedelta

import pytest
from django.core import mail

from commerce.accounts.actions.clients import change_client, close_client
from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests.make.mails import MailingBrowser, commit_and_deliver, link_to, mails_to
from tests.make.people import AT, as_member, make_member, make_user
from tests.make.sign_in import new_browser
from tests.portal.account.test_profile import FORM
from tests.portal.conftest import PortalCast

FORMER, NEW = "billing@example.com", "accountant@example.org"


@pytest.fixture
def web(cast: PortalCast) -> MailingBrowser:
    found = new_browser()
    found.force_login(cast.alice)
    return found


def save(web: MailingBrowser, email: str = NEW, status: int = 303, **over: str) -> str:
    """The page after the profile was saved with this billing address."""
    answer = web.post("/client/profile", FORM | {"email": email} | over)
    assert answer.status_code == status
    page = answer if status != 303 else web.get("/client/profile")
    return str(page.content.decode())


def bills_of(client: Client) -> str:
    return Client.objects.get(pk=client.pk).email


def billed(client: Client) -> str:
    """To whom the mails of billing go."""
    add_credit(client=client, currency_code="EUR", amount=500, ctx=Context(AT, SYSTEM))
    for job in Job.objects.due(AT).exclude(action="mail.send"):
        run_job(job, at=AT)
    return OutgoingMail.objects.filter(event="credit_added").latest("pk").recipient


def test_a_new_address_gets_one_mail_until_it_agrees(cast: PortalCast, web: MailingBrowser) -> None:
    page = save(web, company="Win a prize at evil.example")
    assert f"until {NEW} is confirmed" in page
    assert billed(cast.client) == FORMER
    (asked,) = mails_to(NEW)
    for typed in ("Win a prize", "evil.example", "Jane", "High Street", "Berlin"):
        assert typed not in f"{asked.subject} {asked.body} {asked.alternatives}"
    link, stranger = link_to(NEW, "billing-email"), new_browser("203.0.113.9")
    assert "Win a prize" in stranger.get(link).content.decode()
    assert bills_of(cast.client) == FORMER  # a page that was read changes nothing
    answer = stranger.post(link)
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert f"now go to {NEW}" in stranger.get("/").content.decode()
    assert bills_of(cast.client) == NEW
    assert stranger.post(link).status_code == stranger.get(link).status_code == 410
    assert billed(cast.client) == NEW


def test_a_changed_address_is_told_to_the_former_one_and_the_owners(
    cast: PortalCast, web: MailingBrowser
) -> None:
    save(web)
    assert mails_to("alice@example.com", "billing email") == []
    new_browser().post(link_to(NEW, "billing-email"))
    for told in (FORMER, "alice@example.com"):
        (one,) = mails_to(told, "billing email of Acme Hosting Ltd was changed")
        assert FORMER in one.body
        assert NEW in one.body
    assert mails_to("bob@example.com") == []


def test_a_members_proven_address_counts_at_once(cast: PortalCast, web: MailingBrowser) -> None:
    assert "Profile saved." in save(web, "Bob@example.com")
    assert bills_of(cast.client) == "Bob@example.com"
    assert len(mails_to(FORMER, "was changed")) == 1


def test_a_members_unproven_address_does_not(cast: PortalCast, web: MailingBrowser) -> None:
    member = make_user("new@example.com", verified=False)
    make_member(cast.client, user=member)
    save(web, "new@example.com")
    assert bills_of(cast.client) == FORMER
    assert link_to("new@example.com", "billing-email")


def test_what_else_is_saved_meanwhile_keeps_the_wish(cast: PortalCast, web: MailingBrowser) -> None:
    save(web)
    save(web, FORMER, city="Hamburg")
    assert NEW in web.get("/client/profile").content.decode()
    assert new_browser().post(link_to(NEW, "billing-email")).status_code == 303


def test_sent_twice_is_one_mail_and_another_address_waits_its_minute(
    cast: PortalCast, web: MailingBrowser
) -> None:
    save(web)
    save(web)
    assert len(mails_to(NEW)) == 1
    save(web, "third@example.org")
    assert "Try again in a minute" in save(web, NEW, status=422)


def test_what_is_refused_leaves_the_minute_unused(cast: PortalCast, web: MailingBrowser) -> None:
    save(web, tax_id="NOT A NUMBER", country="DE", status=422)
    assert mails_to(NEW) == []
    assert f"until {NEW} is confirmed" in save(web)


def test_a_mail_names_nobody_who_was_not_signed_in(cast: PortalCast, web: MailingBrowser) -> None:
    save(web)
    new_browser().post(link_to(NEW, "billing-email"))
    (told,) = mails_to("alice@example.com", "was changed")
    assert told.body.count(NEW) == 1


def test_many_addresses_are_limited(cast: PortalCast, web: MailingBrowser) -> None:
    for number in range(10):
        save(web, f"victim{number}@example.org")
    save(web, "victim@example.org", status=429)
    assert mails_to("victim@example.org") == []


def test_the_present_address_is_kept_after_all(cast: PortalCast, web: MailingBrowser) -> None:
    save(web)
    link = link_to(NEW, "billing-email")
    assert web.post("/client/profile/billing-email/drop").status_code == 303
    assert new_browser().post(link).status_code == 410
    assert NEW not in web.get("/client/profile").content.decode().partition("Recent activity")[0]


def test_the_link_counts_seven_days_for_this_wish_and_an_open_client(
    cast: PortalCast, web: MailingBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(web)
    link, stranger = link_to(NEW, "billing-email"), new_browser()
    assert (
        stranger.get(f"{link}x").status_code
        == stranger.get("/client/billing-email/a").status_code
        == 410
    )
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: later)
        later = clock.now().timestamp() + timedelta(days=400).total_seconds()
        assert stranger.post(link).status_code == 410
    close_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="left")
    assert stranger.post(link).status_code == 410
    assert bills_of(cast.client) == FORMER


def test_staff_vouch_for_what_they_type(cast: PortalCast) -> None:
    with commit_and_deliver():
        change_client(client=cast.client, email=NEW, ctx=Context(AT, SYSTEM))
    assert bills_of(cast.client) == NEW
    assert len(mails_to(FORMER, "was changed")) == 1
    assert OutgoingMail.objects.filter(event="confirm_billing_email").count() == 0


def test_staff_end_a_wish(cast: PortalCast) -> None:
    with commit_and_deliver():
        change_client(client=cast.client, email=NEW, ctx=Context(AT, as_member(cast.alice)))
        change_client(client=cast.client, email="third@example.org", ctx=Context(AT, SYSTEM))
    assert new_browser().post(link_to(NEW, "billing-email")).status_code == 410
    assert bills_of(cast.client) == "third@example.org"
    assert mail.outbox
