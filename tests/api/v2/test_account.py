"""PATCH of the account: what a member may change of it in the portal, and nothing else."""

from typing import Any

import pytest

from commerce.accounts.models import Client, MailPreference
from commerce.audit.models import AuditEntry
from commerce.jobs.models import Job
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make import make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.people import make_user

SCOPES = ["profile:read", "profile:write"]


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=SCOPES)[1]


def change(token: str, body: Any, query: str = "", **headers: str) -> ApiAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/api/v2/account{query}"
    return call_api(path, token, method="PATCH", body=body, headers=named)


def places(answer: ApiAnswer) -> dict[str, str]:
    assert answer.status == 422, answer.body
    return {one["pointer"]: one["code"] for one in answer.json["errors"]}


def test_what_is_named_changes_and_the_rest_stays(alice: Client, writer: str) -> None:
    before = call_api("/api/v2/account", writer)
    body = {"first_name": " Ann ", "company": "New  Ltd", "phone": None, "state": "Avon"}
    answer = change(writer, body, if_match=before.headers["etag"])
    assert answer.status == 200, answer.body
    shown, was = answer.json["data"], before.json["data"]
    changed = {"first_name": "Ann", "company": "New Ltd", "phone": None, "state": "Avon"}
    moved = {name: shown[name] for name in ("updated_at", "version")}
    assert shown == was | changed | moved | {"name": f"Ann {was['last_name']}"}
    assert shown["version"] > was["version"]
    assert call_api("/api/v2/account", writer).json["data"] == shown
    entry = AuditEntry.objects.get(action="client.updated")
    assert (entry.actor_kind, entry.after["first_name"]) == ("token", "Ann")
    late = change(writer, {"city": "Bath"}, if_match=before.headers["etag"])
    assert (late.status, late.json["code"]) == (412, "precondition.failed")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"password": "x"}, {"/password": "unknown"}),
        ({"sign_in_email": "x@example.com"}, {"/sign_in_email": "unknown"}),
        ({"first_name": None}, {"/first_name": "not_valid"}),
        ({"first_name": " "}, {"/first_name": "input.missing"}),
        ({"company": "x" * 201}, {"/company": "input.too_long"}),
        ({"phone": "call me"}, {"/phone": "client.phone_not_valid"}),
        ({"email": "nobody"}, {"/email": "input.not_an_email"}),
        ({"country": "XX"}, {"/country": "country.unknown"}),
        ({"country": "de"}, {"/country": "not_valid"}),
        ({"currency_code": "XTS"}, {"/currency_code": "currency.unknown"}),
        ({"language": "tlh"}, {"/language": "input.unknown_choice"}),
        ({"country": "DE", "tax_number": "DE1"}, {"/tax_number": "client.tax_number_not_valid"}),
        ({"notifications": {"news": True}}, {"/notifications/news": "unknown"}),
        ({"notifications": {"billing": 1}}, {"/notifications/billing": "not_valid"}),
    ],
)
def test_what_it_cannot_be_is_told_at_its_place(
    writer: str, body: dict[str, Any], wrong: dict[str, str]
) -> None:
    before = Client.objects.values().get()
    answer = change(writer, {"city": "Bath"} | body)
    assert places(answer) == wrong
    assert Client.objects.values().get() == before
    assert not OutgoingMail.objects.filter(event="confirm_billing_email").exists()


def test_a_vat_number_is_looked_up_afterwards(alice: Client, writer: str) -> None:
    set_setting(key="tax.enabled", value="on", ctx=CTX)
    set_setting(key="tax.vies_enabled", value="on", ctx=CTX)
    answer = change(writer, {"country": "DE", "tax_number": "de 123.456.788"})
    assert answer.json["data"]["tax_number"] == "DE123456788"
    assert Job.objects.filter(action="client.check_vat", subject_id=alice.pk).count() == 1


def test_bills_go_to_a_new_address_once_its_owner_agreed(alice: Client, writer: str) -> None:
    body = {"email": "bills@example.org"}
    tried = change(writer, body, "?dry_run=true")
    assert not OutgoingMail.objects.filter(recipient="bills@example.org").exists()
    shown = change(writer, body).json["data"]
    assert (shown["email"], shown["pending_email"]) == (alice.email, "bills@example.org")
    assert tried.json["data"] | {"updated_at": ""} == shown | {"updated_at": ""}
    mail = OutgoingMail.objects.get(recipient="bills@example.org")
    assert mail.event == "confirm_billing_email"
    assert change(writer, body).status == 200
    assert OutgoingMail.objects.filter(recipient="bills@example.org").count() == 1
    for number in range(9):
        assert change(writer, {"email": f"b{number}@example.org"}).status == 200
    assert change(writer, {"email": "b9@example.org"}).status == 429


def test_notifications_are_those_of_the_member_who_made_the_token(
    alice: Client, writer: str
) -> None:
    usual = {"billing": False, "services": True, "domains": True}
    assert call_api("/api/v2/account", writer).json["data"]["notifications"] == usual
    answer = change(writer, {"notifications": {"billing": True, "domains": False}})
    wanted = {"billing": True, "services": True, "domains": False}
    assert answer.json["data"]["notifications"] == wanted
    assert set(MailPreference.objects.values_list("membership__user__email", flat=True)) == {
        "alice@example.com"
    }
    tech = make_user("tess@example.com")
    membership = alice.memberships.create(
        user=tech,
        role="technical",
        rights=["profile.view", "profile.manage", "tokens.manage"],
        created_at=CTX.at,
    )
    theirs = make_token(alice, maker=tech, scopes=SCOPES)[1]
    none: dict[str, Any] = dict.fromkeys(usual)
    assert call_api("/api/v2/account", theirs).json["data"]["notifications"] == none
    refused = change(theirs, {"notifications": {"billing": True}})
    assert places(refused) == {"/notifications": "mail.group_unknown"}
    assert not membership.mail_choices.exists()


def test_it_takes_a_scope_that_no_bound_token_has(alice: Client, token: str) -> None:
    answer = change(token, {"city": "Bath"})
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")
    assert "profile:write" in answer.json["detail"]


def test_a_suspended_account_can_be_put_right(alice: Client, writer: str) -> None:
    Client.objects.filter(pk=alice.pk).update(status="suspended")
    assert change(writer, {"city": "Bath"}).status == 200
