"""Export of a client's own data: what is in it, how often, for how long (accounts.md 10)."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest

from commerce.accounts.actions.sessions import record_sign_in
from commerce.accounts.data_export.actions import expire_data_exports, request_data_export
from commerce.accounts.models import ApiToken, Client, DataExport, User
from commerce.audit.actions import write_audit_entry
from commerce.billing.documents.actions import make_documents
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from tests.accounts.erasure.planted import planted_client
from tests.make.people import AT, as_member, make_client, make_member, make_user
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db


def asked(client: Client, user: User, *, later: timedelta = timedelta()) -> DataExport:
    return request_data_export(client=client, ctx=Context(AT + later, as_member(user)))


def made(client: Client, user: User, *, later: timedelta = timedelta()) -> DataExport:
    export = asked(client, user, later=later)
    run_due_jobs(at=AT + later)
    export.refresh_from_db()
    return export


def files_of(export: DataExport) -> dict[str, Any]:
    assert export.content is not None
    with ZipFile(io.BytesIO(export.content)) as archive:
        assert archive.testzip() is None
        return {
            name: json.loads(archive.read(name)) if name.endswith(".json") else archive.read(name)
            for name in archive.namelist()
        }


def test_it_has_what_is_kept_of_the_client_and_no_secret() -> None:
    client, owner = planted_client()
    make_client(owner="charlie@example.com", company="Charlie & Sons")
    token = ApiToken.objects.get(client=client)
    export = made(client, owner)
    files = files_of(export)
    assert files["profile.json"][0]["company"] == "Planted Ltd"
    assert files["members.json"][0]["email"] == owner.email
    assert files["tokens.json"][0]["name"] == "Planted token"
    assert [one["action"] for one in files["sign_ins.json"]] == [
        "user.signed_in",
        "user.sign_in_failed",
    ]
    for name in (
        "services",
        "domains",
        "orders",
        "order_items",
        "invoices",
        "payments",
        "credit",
        "mails",
    ):
        assert files[f"{name}.json"], name
    whole = json.dumps({name: files[name] for name in files if name.endswith(".json")})
    assert token.token_hash not in whole
    assert owner.password not in whole
    assert "planted-token" not in whole
    assert "Charlie" not in whole


def test_it_has_no_sign_in_for_another_client_or_to_the_staff_area() -> None:
    owner, both = make_user("owner@example.com"), make_user("both@example.com")
    client = make_client(owner=owner)
    make_member(client, user=both)
    make_member(make_client(owner="other@example.com"), user=both)
    staff = make_staff("support", "sam@example.com")
    make_member(client, user=staff.user)
    former = Actor("staff", 99, owner.email, "198.51.100.4")
    for user, actor in (
        (owner, Actor("member", owner.pk, owner.email, "198.51.100.1")),
        (both, Actor("member", both.pk, both.email, "198.51.100.2")),
        (staff.user, Actor("member", staff.user.pk, staff.user.email, "198.51.100.3")),
    ):
        record_sign_in(user=user, methods=["password"], device="A", ctx=Context(AT, actor))
    for actor, after in ((former, {}), (replace(former, kind="member"), {"staff": 99})):
        write_audit_entry(
            ctx=Context(AT, actor), action="user.signed_in", record=("user", owner.pk), after=after
        )
    files = files_of(made(client, owner))
    assert [one["address"] for one in files["sign_ins.json"]] == ["198.51.100.1"]
    assert {one["email"]: one["last_login_ip"] for one in files["members.json"]} == {
        "owner@example.com": "198.51.100.1",
        "both@example.com": None,
        "sam@example.com": None,
    }


def test_it_has_the_documents() -> None:
    client, owner = planted_client()
    invoice = client.invoices.get(status="paid")
    make_documents(invoice_id=invoice.pk, ctx=Context(AT, SYSTEM))
    files = files_of(made(client, owner))
    [name] = [name for name in files if name.endswith(f"{invoice.number}.pdf")]
    assert files[name].startswith(b"%PDF")


def test_the_owners_hear_when_it_is_ready_and_it_is_gone_after_a_week() -> None:
    owner = make_user("owner@example.com")
    client = make_client(owner=owner)
    export = made(client, owner)
    [mail] = OutgoingMail.objects.filter(event="data_export_ready")
    assert mail.recipient == "owner@example.com"
    assert expire_data_exports(at=AT + timedelta(days=7, seconds=-1)) == 0
    assert expire_data_exports(at=AT + timedelta(days=7)) == 1
    export.refresh_from_db()
    assert (export.status, export.content) == ("expired", None)


def test_there_is_one_at_a_time_and_three_in_thirty_days() -> None:
    owner = make_user("owner@example.com")
    client = make_client(owner=owner)
    asked(client, owner)
    with pytest.raises(BusinessError, match="already being prepared"):
        asked(client, owner)
    run_due_jobs(at=AT)
    made(client, owner)
    made(client, owner)
    with pytest.raises(BusinessError, match="3 times"):
        asked(client, owner, later=timedelta(days=30, seconds=-1))
    asked(client, owner, later=timedelta(days=30))
