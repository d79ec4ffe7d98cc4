"""Nameservers, contacts and authorization codes by program: the rules of the portal, and codes that nobody keeps."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.models import ApiToken, Client, Membership
from commerce.api.v2.writing import domains as domain_writes
from commerce.api.v2.writing.domains import DOMAIN_WRITES
from commerce.audit.models import AuditEntry
from commerce.domains.actions.codes import CODES_A_DAY, MAX_CODE_FAILURES, ask_for_auth_code
from commerce.domains.models import Domain, DomainChange
from commerce.kit.context import Context
from tests.api.v2.posting import post, poster
from tests.api.v2.test_description import API, described, misfits
from tests.dns.powerdns import name_server, running_powerdns, tree
from tests.doubles.dns_tree import DnsTree
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make import make_client, make_domain, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.table_digests import table_digests

__all__ = ["name_server", "running_powerdns", "tree"]
CODE = "xX9-secret-code"
OTHERS = ["ns1.other.example", "NS2.other.example."]
CONTACT = dict(DOMAIN_WRITES[1].example["registrant"])


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


@pytest.fixture
def domain(alice: Client, remote: RemoteRegistry) -> Domain:
    """One at a registrar that takes contacts, and hands out its code."""
    made = make_domain(alice, nameservers=("ns1.old.example", "ns2.old.example"))
    Domain.objects.filter(pk=made.pk).update(registrar="remote", is_locked=False)
    made.refresh_from_db()
    remote.codes[made.domain_name] = CODE
    return made


@pytest.fixture
def writer(alice: Client) -> str:
    return poster(alice)


def put(domain: Domain, verb: str, token: str, body: Any, **headers: str) -> ApiAnswer:
    path = f"/api/v2/domains/{domain.pk}"
    tag = call_api(path, token).headers.get("etag", '"1-0"')
    named = {"If-Match": tag} | {k.replace("_", "-"): v for k, v in headers.items()}
    named = {name: value for name, value in named.items() if value}
    answer = call_api(f"{path}/{verb}", token, method="PUT", body=body, headers=named)
    assert misfits(f"/api/v2/domains/{{id}}/{verb.partition('?')[0]}", "PUT", answer) == []
    return answer


def test_nameservers_are_sent_as_a_whole(domain: Domain, writer: str) -> None:
    answer = put(domain, "nameservers", writer, {"nameservers": OTHERS})
    assert (answer.status, answer.json["data"]["act"]) == (202, "domain.nameservers"), answer.body
    assert DomainChange.objects.get().wanted == {
        "nameservers": ["ns1.other.example", "ns2.other.example"]
    }
    again = put(domain, "nameservers", writer, {"nameservers": OTHERS})
    assert (again.status, again.json["code"]) == (409, "domain.change_under_way")


def test_those_that_it_has_have_succeeded(domain: Domain, writer: str) -> None:
    body = {"nameservers": ["NS1.old.example", "ns2.old.example."]}
    answer = put(domain, "nameservers", writer, body)
    assert (answer.status, answer.json["data"]["status"]) == (202, "succeeded")
    assert not DomainChange.objects.exists()


@pytest.mark.parametrize(
    ("hosts", "place"),
    [
        (["ns1.other.example"], "/nameservers"),
        (["a.example"] * 2, "/nameservers"),
        (["192.0.2.1", "a.example"], "/nameservers"),
        (["a.example", ""], "/nameservers/1"),
        ([f"{n}.example" for n in "abcde"], "/nameservers"),
    ],
)
def test_wrong_nameservers_are_refused(
    domain: Domain, writer: str, hosts: list[str], place: str
) -> None:
    answer = put(domain, "nameservers", writer, {"nameservers": hosts})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, place), answer.body
    assert not DomainChange.objects.exists()


def test_ours_are_not_taken_while_the_parent_says_that_another_signs(
    domain: Domain, writer: str, tree: DnsTree
) -> None:
    tree.delegations[domain.domain_name] = domain.nameservers
    tree.ds_records[domain.domain_name] = ["1 13 2 " + "AB" * 32]
    body = {"nameservers": ["ns1.example.net", "ns2.example.net"]}
    refused = put(domain, "nameservers", writer, body)
    assert (refused.status, refused.json["code"]) == (422, "zone.ds_of_others")
    tried = put(domain, "nameservers?dry_run=true", writer, body)
    assert (tried.status, tried.json["not_checked"]) == (202, ["registry"])
    tree.is_silent = True
    silent = put(domain, "nameservers", writer, body)
    assert (silent.status, silent.json["code"]) == (422, "zone.parent_silent")
    assert not DomainChange.objects.exists()
    tree.is_silent = False
    tree.ds_records.clear()
    assert put(domain, "nameservers", writer, body).status == 202


def test_the_state_that_is_replaced_must_be_named(domain: Domain, writer: str) -> None:
    for verb, body in [("nameservers", {"nameservers": OTHERS}), ("contacts", _contacts())]:
        missing = put(domain, verb, writer, body, If_Match="")
        assert (missing.status, missing.json["code"]) == (428, "precondition.missing")
        stale = put(domain, verb, writer, body, If_Match='"999-0"')
        assert (stale.status, stale.json["code"]) == (412, "precondition.failed")
    assert not DomainChange.objects.exists()


def _contacts(**over: Any) -> dict[str, Any]:
    return {"registrant": CONTACT | over}


def test_a_role_that_nobody_has_is_the_registrant(domain: Domain, writer: str) -> None:
    body = _contacts() | {"tech": CONTACT | {"first_name": " Tess "}}
    answer = put(domain, "contacts", writer, body)
    assert (answer.status, answer.json["data"]["act"]) == (202, "domain.contacts"), answer.body
    wanted = DomainChange.objects.get().wanted["contacts"]
    whole = CONTACT | {"address2": "", "state": ""}
    assert wanted["registrant"] == wanted["admin"] == wanted["billing"] == whole
    assert wanted["tech"] == whole | {"first_name": "Tess"}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"phone": "+44 20 7946 0000"}, "/registrant/phone"),
        ({"email": "alice"}, "/registrant/email"),
        ({"country": "XX"}, "/registrant/country"),
        ({"city": "  "}, "/registrant/city"),
        ({"fax": "1"}, "/registrant/fax"),
    ],
)
def test_what_no_registry_takes_is_refused_at_its_place(
    domain: Domain, writer: str, wrong: dict[str, str], place: str
) -> None:
    answer = put(domain, "contacts", writer, _contacts(**wrong))
    assert answer.status == 422, answer.body
    assert [one["pointer"] for one in answer.json["errors"]] == [place]
    of_tech = put(domain, "contacts", writer, _contacts() | {"tech": CONTACT | wrong})
    assert [one["pointer"] for one in of_tech.json["errors"]] == [
        place.replace("registrant", "tech")
    ]
    assert not DomainChange.objects.exists()


def show_code(domain: Domain, token: str, query: str = "", **headers: str) -> ApiAnswer:
    path = f"/api/v2/domains/{domain.pk}/authorization-code"
    answer = post(f"{path}{query}", token, **headers)
    assert misfits("/api/v2/domains/{id}/authorization-code", "POST", answer) == []
    return answer


def test_a_code_is_in_one_answer_and_kept_nowhere(domain: Domain, writer: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = show_code(domain, writer)
    assert (answer.status, answer.json["data"]) == (200, {"authorization_code": CODE})
    assert answer.headers["cache-control"] == "no-store"
    assert not [one for one in queries.captured_queries if CODE in one["sql"]]
    again = show_code(domain, writer)
    assert (again.status, again.headers["idempotent-replayed"]) == (200, "true")
    assert again.json["data"] == {"authorization_code": "secret_expired"}
    assert AuditEntry.objects.filter(action="domain.auth_code_revealed").count() == 1


def test_five_codes_a_day_and_none_of_a_locked_name(domain: Domain, writer: str) -> None:
    Domain.objects.filter(pk=domain.pk).update(is_locked=True)
    locked = show_code(domain, writer, Idempotency_Key="locked")
    assert (locked.status, locked.json["code"]) == (409, "domain.locked")
    Domain.objects.filter(pk=domain.pk).update(is_locked=False)
    for n in range(CODES_A_DAY):
        assert show_code(domain, writer, Idempotency_Key=f"k{n}").status == 200
    sixth = show_code(domain, writer, Idempotency_Key="sixth")
    assert (sixth.status, sixth.json["code"]) == (422, "domain.too_many_codes")
    assert CODE.encode() not in sixth.body


def test_failures_count_for_the_client_as_in_the_portal(
    domain: Domain, writer: str, remote: RemoteRegistry
) -> None:
    remote.codes[domain.domain_name] = ""
    for n in range(MAX_CODE_FAILURES):
        assert show_code(domain, writer, Idempotency_Key=f"k{n}").status == 422
    refused = show_code(domain, writer, Idempotency_Key="last")
    assert (refused.status, refused.json["code"]) == (429, "rate_limit.exceeded")
    assert int(refused.headers["retry-after"]) > 60


def test_tries_ask_nobody_and_leave_nothing(
    domain: Domain, writer: str, remote: RemoteRegistry
) -> None:
    before, asked = table_digests(), [*remote.asked]
    code = show_code(domain, writer, "?dry_run=true")
    assert (code.status, code.json["data"]) == (200, {"authorization_code": None}), code.body
    assert code.json["not_checked"] == ["registrar"]
    hosts = put(domain, "nameservers?dry_run=true", writer, {"nameservers": OTHERS})
    assert (hosts.status, hosts.json["not_checked"]) == (202, ["registry"])
    assert put(domain, "contacts?dry_run=true", writer, _contacts()).status == 202
    assert (table_digests(), remote.asked) == (before, asked)


@pytest.mark.parametrize(("ends", "status"), [("token", 401), ("right", 403)])
def test_a_token_that_ends_while_the_registrar_is_asked_gets_no_code(
    alice: Client,
    domain: Domain,
    writer: str,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
    status: int,
) -> None:
    def ending(asked: Domain, ctx: Context) -> str:
        if ends == "token":
            revoke_token(token=ApiToken.objects.for_client(alice).get(), ctx=CTX)
        else:
            Membership.objects.for_client(alice).update(role="billing", rights=[])
        return ask_for_auth_code(asked, ctx)

    monkeypatch.setattr(domain_writes, "ask_for_auth_code", ending)
    answer = show_code(domain, writer)
    assert (answer.status, CODE.encode() in answer.body) == (status, False)
    assert not AuditEntry.objects.filter(action="domain.auth_code_revealed").exists()


def test_a_code_takes_a_scope_of_its_own(alice: Client, domain: Domain) -> None:
    token = make_token(alice, scopes=["domains:read", "domains:write"])[1]
    answer = show_code(domain, token)
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")


def test_a_token_for_one_domain_has_that_one_alone(
    alice: Client, domain: Domain, remote: RemoteRegistry
) -> None:
    scopes = ["domains:read", "domains:write", "domains:transfer"]
    token = make_token(alice, scopes=scopes, bound_to=[("domain", domain.pk)])[1]
    assert show_code(domain, token).status == 200
    assert show_code(make_domain(alice), token).status == 404


def test_others_domains_are_as_none(writer: str, remote: RemoteRegistry) -> None:
    foreign = make_domain(make_client(owner="charlie@example.com"))
    assert show_code(foreign, writer).status == 404
    assert put(foreign, "nameservers", writer, {"nameservers": OTHERS}).status == 404
    assert put(foreign, "contacts", writer, _contacts()).status == 404


def test_examples_are_bodies() -> None:
    for route in [one for one in DOMAIN_WRITES if one.body]:
        said = described()["paths"][route.path][route.method.lower()]
        content = said["requestBody"]["content"]["application/json"]
        assert API.wrong(content["example"], content["schema"]) == []
