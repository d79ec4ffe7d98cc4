"""Acts over the staff API: those of the staff area, with the same rules, once."""

from typing import Any

import pytest

from commerce.accounts.actions.staff_people.api_tokens import given_by_token
from commerce.accounts.models import IdempotentReply, Staff
from commerce.audit.models import AuditEntry
from commerce.billing.models import CreditEntry
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.unallocated import record_unallocated_payment
from tests import make
from tests.backoffice.api.calls import get, post
from tests.make.one_of_each import CTX
from tests.make.staff import make_staff, make_staff_token
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace() -> Staff:
    return make_staff(email="grace@example.com")


@pytest.fixture
def token(grace: Staff) -> str:
    return make_staff_token(grace)[1]


@pytest.fixture
def service() -> Service:
    return make.make_service(make.make_client())


def test_an_act_is_done_in_the_name_of_its_person(
    token: str, grace: Staff, service: Service
) -> None:
    answer = post(
        f"services/{service.pk}/suspend", token, {"suspension_reason": "abuse", "reason": "Spam"}
    )
    assert answer.status == 202, answer.body
    assert answer.json["data"]["status"] == "suspended"
    entry = AuditEntry.objects.filter(record_kind="service").latest("pk")
    assert (entry.actor_kind, entry.actor_id) == ("staff", grace.pk)
    assert entry.actor_name == "grace@example.com · Bookkeeping"
    assert entry.reason == "Spam"


def test_the_same_key_is_the_same_act(token: str, service: Service) -> None:
    path, body = f"services/{service.pk}/rename", {"label": "Shop"}
    first = post(path, token, body, Idempotency_Key="one")
    entries = AuditEntry.objects.count()
    again = post(path, token, body, Idempotency_Key="one")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert AuditEntry.objects.count() == entries
    other = post(path, token, {"label": "Blog"}, Idempotency_Key="one")
    assert other.json["code"] == "idempotency.key_reused"
    assert IdempotentReply.objects.get().client_id == service.client_id  # it goes with their data
    missing = post(path, token, body, Idempotency_Key="")
    assert missing.status == 400


def test_a_dry_run_says_what_would_be_and_keeps_nothing(token: str, service: Service) -> None:
    post("tags/new", token, {"name": "VIP", "color": "#3366cc"})  # the token is used now
    before = table_digests()
    tried = post(f"services/{service.pk}/rename?dry_run=true", token, {"label": "Shop"})
    assert (tried.status, tried.headers["dry-run"]) == (200, "true")
    assert tried.json["data"]["label"] == "Shop"
    assert table_digests() == before


def test_what_is_made_has_an_address(token: str) -> None:
    made = post("tags/new", token, {"name": "VIP", "color": "#3366cc"})
    assert made.status == 201, made.body
    assert made.headers["location"].endswith(f"/api/staff/v1/tags/{made.json['data']['id']}")
    deleted = post(f"tags/{made.json['data']['id']}/delete", token)
    assert (deleted.status, deleted.json["data"]) == (200, None)


def test_what_is_made_with_a_secret_has_an_address_too(grace: Staff) -> None:
    token = make_staff_token(grace, acts=["webhook_endpoint.new"])[1]
    made = post(
        "webhooks/new", token, {"address": "https://chat.example.com/x", "types": ["invoice.paid"]}
    )
    assert (made.status, made.json["data"]["status"]) == (201, "new")
    assert made.json["data"]["types"] == ["invoice.paid"]
    assert made.headers["location"].endswith(f"/api/staff/v1/webhooks/{made.json['data']['id']}")
    assert made.json["meta"]["secret"].startswith("whsec_")
    rotated = post(f"webhooks/{made.json['data']['id']}/rotate", token)
    assert (rotated.status, rotated.json["code"]) == (403, "staff_token.act_not_given")


def test_a_record_that_was_changed_meanwhile_stays(token: str, service: Service) -> None:
    tag = get(f"services/{service.pk}", token).headers["etag"]
    path = f"services/{service.pk}/rename"
    assert post(path, token, {"label": "Shop"}, If_Match=tag).status == 200
    refused = post(path, token, {"label": "Blog"}, If_Match=tag)
    assert (refused.status, refused.json["code"]) == (412, "precondition.failed")


def test_all_that_is_wrong_with_a_body_is_told(token: str, service: Service) -> None:
    refused = post(f"services/{service.pk}/suspend", token, {"reason": 1, "x": 2})
    told = {(one["pointer"], one["code"]) for one in refused.json["errors"]}
    assert refused.status == 422
    assert {("/reason", "input.not_text"), ("/x", "unknown")} <= told
    assert ("/suspension_reason", "missing") in told


def test_what_the_state_of_a_record_does_not_take_is_a_conflict(
    token: str, service: Service
) -> None:
    refused = post(f"services/{service.pk}/resume", token, {"reason": "Paid"})
    assert refused.status == 409
    assert post("services/999999/resume", token, {"reason": "Paid"}).status == 404


def test_what_asks_for_the_password_takes_a_token_that_was_given_it(grace: Staff) -> None:
    client = make.make_client()
    _token, plain = make_staff_token(grace)
    refused = post(f"clients/{client.pk}/export-data", plain)
    assert (refused.status, refused.json["code"]) == (403, "staff_token.act_not_given")
    _token, given = make_staff_token(grace, name="given", acts=["client.export_data"])
    done = post(f"clients/{client.pk}/export-data", given)
    assert done.status == 200, done.body


def test_no_token_makes_staff_or_tokens(grace: Staff) -> None:
    _token, plain = make_staff_token(grace, acts=["staff.new", "staff_token.new"])
    for path in ("staff/new", f"staff/{grace.pk}/deactivate", "api-tokens/new"):
        refused = post(path, plain)
        assert (refused.status, refused.json["code"]) == (403, "staff_token.never")


def test_what_is_given_away_is_held_to_the_limit(grace: Staff) -> None:
    """What is paid beyond an invoice becomes credit, whichever act has booked it."""
    invoice = make.make_invoice(make.make_client())
    money: dict[str, Any] = {"currency_code": invoice.currency_id, "amount": invoice.total + 5000}
    came: dict[str, Any] = {"gateway": "stripe", "transaction_id": "pi_1", "reason": "reference"}
    unallocated = record_unallocated_payment(**came, **money, received_on=CTX.at.date(), ctx=CTX)
    path, body = f"unallocated-payments/{unallocated.pk}/assign", {"to": invoice.number}
    _token, poor = make_staff_token(grace, name="poor", spending_limit=49)
    refused = post(path, poor, body)
    assert (refused.status, refused.json["code"]) == (403, "staff_token.spending_limit")
    assert not CreditEntry.objects.exists()
    rich, plain = make_staff_token(grace, name="rich", spending_limit=50)
    assert post(path, plain, body).status == 200
    assert rich.writes.get().amount == 5000
    assert given_by_token(rich, clock.now()) == 5000


def test_a_renewal_takes_the_price_that_is_expected(token: str) -> None:
    domain = make.make_domain(make.make_client(), status="active")
    path = f"domains/{domain.pk}/renew"
    unsaid = post(path, token)
    assert unsaid.status == 422
    assert [one["pointer"] for one in unsaid.json["errors"]] == ["/expected"]
    other = post(path, token, {"expected": 1})
    assert (other.status, other.json["code"]) == (409, "domain.price_changed")


def test_a_reference_to_what_is_not_there_is_told(token: str) -> None:
    body = {"owner_email": "nora@example.com", "first_name": "Nora", "last_name": "New"}
    refused = post("clients/new", token, body | {"country": "DE", "currency_code": "XTS"})
    assert refused.status == 422
    (part,) = refused.json["errors"]
    assert (part["pointer"], part["code"]) == ("/currency_code", "currency.unknown")


def test_no_token_reads_what_an_email_says(token: str) -> None:
    OutgoingMail.objects.create(
        event="welcome", recipient="a@example.com", subject="Hello", text="Link", created_at=make.AT
    )
    (listed,) = get("mails", token).json["data"]
    assert listed["subject"]
    assert "text" not in listed
    assert get("mails?fields=text", token).status == 400


def test_what_a_job_goes_on_with_is_an_operation(token: str, service: Service) -> None:
    path, body = f"services/{service.pk}/suspend", {"suspension_reason": "abuse", "reason": "Spam"}
    tried = post(f"{path}?dry_run=true", token, body)
    assert (tried.status, tried.headers.get("location")) == (202, None)
    assert [one["id"] for one in tried.json["meta"]["operations"]] == [None]
    began = post(path, token, body, Idempotency_Key="one")
    assert began.status == 202, began.body
    [operation] = began.json["meta"]["operations"]
    assert (operation["status"], operation["job"]) == ("pending", "service.suspend")
    assert operation["resource"]["url"].endswith(f"/api/staff/v1/services/{service.pk}")
    assert began.headers["location"].endswith(f"/api/staff/v1/operations/{operation['id']}")
    assert get(f"operations/{operation['id']}", token).json["data"] == operation
    again = post(path, token, body, Idempotency_Key="one")
    assert (again.status, again.json) == (202, began.json)
    assert again.headers["location"] == began.headers["location"]


def test_an_operation_is_for_who_may_read_what_it_is_about(grace: Staff) -> None:
    domain = make.make_domain(make.make_client())
    enqueue(("domain", domain.pk), "domain.sync", "asked", make.AT)
    Job.objects.update(status="parked", error="The registrar answers nothing.")
    path = f"operations/{Job.objects.get(action='domain.sync').pk}"
    reads = make_staff_token(grace, name="reads", permissions=["domains.view"])[1]
    told = get(path, reads).json["data"]
    assert (told["status"], told["error"]) == ("waiting", "The registrar answers nothing.")
    other = make_staff_token(grace, name="other", permissions=["tickets.view"])[1]
    assert get(path, other).status == 403
    assert get("operations/999999", reads).status == 404
