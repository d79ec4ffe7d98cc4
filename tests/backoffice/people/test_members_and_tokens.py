"""What staff do for one member of a client, and with an API token (accounts.md 3, 6 and 7)."""

import pytest
from allauth.mfa.models import Authenticator

from commerce.accounts.actions.sessions import begin_session
from commerce.accounts.labels import RIGHT_LABELS
from commerce.accounts.models import Membership
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from tests import make
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db


def test_a_member_is_found_changed_and_removed() -> None:
    client = make.make_client(owner="alice@example.com")
    bob = make.make_member(client, "bob@example.com", "billing")
    web = staff_browser()
    found = web.get("/admin/members?q=bob").context["cl"].result_list
    assert list(found) == [bob]
    at = f"/admin/members/{bob.pk}"
    send(web, f"{at}/edit", role="technical", rights=["services.view"])
    bob.refresh_from_db()
    assert (bob.role, set(bob.rights) & set(RIGHT_LABELS)) == ("technical", {"services.view"})
    assert send(web, f"{at}/remove")["Location"] == f"/admin/clients/{client.pk}"
    assert not Membership.objects.filter(pk=bob.pk).exists()


def test_to_make_a_member_an_owner_takes_the_persons_own_password() -> None:
    bob = make.make_member(make.make_client(), "bob@example.com", "billing")
    web, at = staff_browser(), f"/admin/members/{bob.pk}/edit"
    assert send(web, at, role="owner", rights=[]).context["form"].errors["own_password"]
    bob.refresh_from_db()
    assert bob.role == "billing"
    send(web, at, role="owner", rights=[], own_password=make.PASSWORD)
    bob.refresh_from_db()
    assert bob.role == "owner"
    assert send(web, at, role="owner", rights=[]).status_code == 303  # as they are already


def test_the_last_owner_cannot_be_removed() -> None:
    owner = make.make_client().memberships.get()
    web = staff_browser()
    page = web.get(f"/admin/members/{owner.pk}")
    [button] = [one for one in page.context["shown_actions"] if one.action.name == "remove"]
    assert "at least one owner" in str(button.reason_against)
    assert web.post(f"/admin/members/{owner.pk}/remove").status_code == 409
    assert Membership.objects.filter(pk=owner.pk).exists()


def test_an_email_is_verified_and_lost_factors_are_reset() -> None:
    user = make.make_user("alice@example.com", verified=False)
    member = make.make_client(owner=user).memberships.get()
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"}, created_at=make.AT)
    web = staff_browser()
    at = f"/admin/members/{member.pk}"
    assert "On" in text_of(web.get(at))
    send(web, f"{at}/verify-email")
    send(web, f"{at}/reset-two-factor", reason="Lost the phone", own_password=make.PASSWORD)
    user.refresh_from_db()
    assert user.email_verified_at is not None
    assert not Authenticator.objects.filter(user=user).exists()
    entry = AuditEntry.objects.get(action="factor.all_removed")
    assert (entry.actor_kind, entry.reason) == ("staff", "Lost the phone")


def test_links_to_verify_and_to_choose_a_password_are_sent_to_the_person_alone() -> None:
    user = make.make_user("alice@example.com", verified=False)
    member = make.make_client(owner=user).memberships.get()
    web, at = staff_browser(), f"/admin/members/{member.pk}"
    send(web, f"{at}/send-verification")
    send(web, f"{at}/send-reset")
    mails = OutgoingMail.objects.filter(event__in=("verify_email", "password_reset"))
    assert {(mail.event, mail.recipient) for mail in mails} == {
        ("verify_email", "alice@example.com"),
        ("password_reset", "alice@example.com"),
    }
    for action in ("user.verification_sent", "user.reset_asked"):
        assert AuditEntry.objects.get(action=action).actor_kind == "staff"
    send(web, f"{at}/verify-email")
    assert web.post(f"{at}/send-verification").status_code == 409


def test_a_token_is_revoked_and_never_shown() -> None:
    token, plain = make.make_token()
    web = staff_browser()
    at = f"/admin/client-tokens/{token.pk}"
    html = web.get(at).content.decode()
    assert plain not in html
    assert token.token_hash not in html
    file = b"".join(web.get("/admin/client-tokens.csv").streaming_content)
    assert token.name.encode() in file
    assert token.token_hash.encode() not in file
    send(web, f"{at}/revoke", reason="Leaked")
    token.refresh_from_db()
    assert token.status == "revoked"
    assert web.post(f"{at}/revoke", {"reason": "again"}).status_code == 409


def test_support_sees_members_and_helps_them_to_a_password_only() -> None:
    member = make.make_client().memberships.get()
    sam = staff_browser(make_staff("support"))
    offered = sam.get(f"/admin/members/{member.pk}").context["shown_actions"]
    assert [one.action.name for one in offered] == ["send-reset"]
    assert sam.get(f"/admin/members/{member.pk}/remove").status_code == 403
    assert sam.get("/admin/client-tokens").status_code == 403


def test_an_address_is_corrected_by_a_link_and_both_are_told() -> None:
    user = make.make_user("alice@exmaple.com")
    member = make.make_client(owner=user).memberships.get()
    web, at = staff_browser(), f"/admin/members/{member.pk}/correct-email"
    form = {"email": "alice@example.com", "reason": "Typed wrongly, called"}
    assert send(web, at, **form).context["form"].errors["own_password"]
    wrong = {**form, "email": "nobody", "own_password": make.PASSWORD}
    assert send(web, at, **wrong).context["form"].errors["email"]
    send(web, at, **form, own_password=make.PASSWORD)
    told = dict(OutgoingMail.objects.values_list("recipient", "event"))
    assert told["alice@exmaple.com"] == "email_change_asked"
    assert told["alice@example.com"] == "verify_email"
    user.refresh_from_db()
    assert user.email == "alice@exmaple.com"  # until the link is opened
    entry = AuditEntry.objects.get(action="user.email_change_asked")
    assert (entry.actor_kind, entry.reason) == ("staff", "Typed wrongly, called")


def test_sessions_of_a_member_are_seen_and_ended() -> None:
    user = make.make_user("alice@example.com")
    member = make.make_client(owner=user).memberships.get()
    web, at = staff_browser(), f"/admin/members/{member.pk}"
    begin_session(
        user=user,
        session_key="k" * 32,
        address="192.0.2.9",
        user_agent="Firefox",
        remember=True,
        at=clock.now(),
    )
    assert "192.0.2.9" in text_of(web.get(at))
    send(web, f"{at}/end-sessions")
    assert "192.0.2.9" not in text_of(web.get(at))
    assert AuditEntry.objects.filter(action="user.sessions_ended", actor_kind="staff").exists()


def test_staff_who_are_members_are_left_to_their_own_page() -> None:
    """Or whoever may edit clients could become an administrator."""
    admin = make_staff("admin")
    member = make.make_client(owner=admin.person).memberships.get()
    web = staff_browser()
    for act in ("correct-email", "end-sessions"):
        assert web.post(f"/admin/members/{member.pk}/{act}").status_code == 409
