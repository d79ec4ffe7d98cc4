"""A token that is for some records sees and changes only those, whatever it asks for (client-api-v2.md 2)."""

from typing import Any

import pytest

from commerce.accounts.models import SCOPES, ApiToken, Client
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.api.v2.writing.all_writes import WRITES
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from tests.api.v2.posting import post
from tests.make import AT, make_client, make_domain, make_invoice, make_service, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.zones import make_stored_zone, turn_zones_on
from tests.payments.plan_changes.conftest import ask, make_upgradable

BINDABLE = [one for one in SCOPES if one.startswith(("services:", "domains:", "dns:"))]


@pytest.fixture
def services(alice: Client) -> list[Service]:
    return [make_service(alice) for _ in range(3)]


@pytest.fixture
def domains(alice: Client) -> list[Domain]:
    return [make_domain(alice) for _ in range(3)]


def bound(client: Client, *records: Any) -> str:
    """A token that may do all that such a token may, with these."""
    named = [(row._meta.model_name, row.pk) for row in records]
    return make_token(client, scopes=BINDABLE, bound_to=named)[1]


def read(path: str, token: str) -> ApiAnswer:
    return call_api(f"/api/v2{path}", token)


def test_it_sees_its_own_alone(
    alice: Client, services: list[Service], domains: list[Domain]
) -> None:
    token = bound(alice, services[1], domains[0])
    for _ in range(2):  # the second time it is known
        assert read("/services", token).ids == [services[1].pk]
        assert read("/domains", token).ids == [domains[0].pk]
        assert read("/services?status=active&limit=1&sort=created_at", token).ids == [
            services[1].pk
        ]
        assert read(f"/services?ids={services[0].pk}", token).ids == []
        for row, status in [(services[0], 404), (services[1], 200), (services[2], 404)]:
            assert read(f"/services/{row.pk}", token).status == status
            assert read(f"/services/{row.pk}/usage", token).status == status
        for row, status in [(domains[0], 200), (domains[1], 404)]:
            assert read(f"/domains/{row.pk}", token).status == status
    assert read("/token", token).json["data"]["bound_to"] == [
        {"kind": "domain", "id": domains[0].pk},
        {"kind": "service", "id": services[1].pk},
    ]


def test_a_cursor_of_another_token_shows_no_more(alice: Client, services: list[Service]) -> None:
    whole = make_token(alice)[1]
    cursor = read("/services?limit=1", whole).json["meta"]["next_cursor"]
    token = bound(alice, services[2])
    assert read(f"/services?limit=1&cursor={cursor}", token).ids == []


def test_it_changes_its_own_alone(
    alice: Client, services: list[Service], domains: list[Domain]
) -> None:
    token = bound(alice, services[0], domains[0])
    for row, status in [(services[0], 200), (services[1], 404)]:
        path = f"/api/v2/services/{row.pk}"
        assert call_api(path, token, method="PATCH", body={"name": "Shop"}).status == status
    for row, status in [(domains[0], 202), (domains[1], 404)]:
        answer = post(f"/api/v2/domains/{row.pk}/unlock", token, Idempotency_Key=f"k{row.pk}")
        assert answer.status == status
    assert set(Service.objects.values_list("label", flat=True)) > {"Shop"}
    services[1].refresh_from_db()
    assert services[1].label != "Shop"


def test_a_key_tells_it_nothing_of_what_it_is_not_for(
    alice: Client, services: list[Service]
) -> None:
    """What another token of the client was answered is for that one, and for this one about its own."""
    whole = make_token(alice, scopes=BINDABLE)[1]
    token = bound(alice, services[0])
    body = {"kind": "end_of_period", "reason": "x"}
    for row, status in [(services[0], 200), (services[1], 404)]:
        path = f"/api/v2/services/{row.pk}/cancellation"
        assert post(path, whole, body).status == 200
        assert post(path, token, body).status == status


def test_a_token_sees_the_operations_of_its_own(alice: Client, domains: list[Domain]) -> None:
    whole, token = make_token(alice, scopes=BINDABLE)[1], bound(alice, domains[1])
    made = {
        one: post(f"/api/v2/domains/{row.pk}/unlock", one, Idempotency_Key="k").json["data"]["id"]
        for one, row in ((whole, domains[0]), (token, domains[1]))
    }
    for one, other in ((whole, token), (token, whole)):
        assert [row["id"] for row in read("/operations", one).json["data"]] == [made[one]]
        assert read(f"/operations/{made[one]}", one).status == 200
        assert read(f"/operations/{made[other]}", one).status == 404


def test_a_service_and_a_domain_of_one_number_are_two(alice: Client) -> None:
    service, domain = make_service(alice), make_domain(alice)
    Domain.objects.filter(pk=domain.pk).update(id=service.pk)
    assert read("/domains", bound(alice, service)).ids == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.path)
def test_what_is_about_more_is_refused(alice: Client, resource: Any) -> None:
    """Whatever scopes it has: a new resource is not for such a token until it says what is left of it."""
    service = make_service(alice)
    domain = make_domain(alice)
    Domain.objects.filter(pk=domain.pk).update(id=service.pk)
    domain.pk = service.pk
    token = bound(alice, service, domain)
    ApiToken.objects.update(scopes=[*SCOPES])
    answer = call_api(resource.path.replace("{id}", str(service.pk)), token)
    refused = (403, "token.bound")
    found = (answer.status, answer.json.get("code"))
    assert found == (refused if resource.bound is None else (200, None))
    for name, include in resource.includes.items() if resource.bound else ():
        answer = call_api(f"{resource.path}?include={name}", token)
        found = (answer.status, answer.json.get("code"))
        assert found == (refused if include.scope else (200, None)), name


def test_only_what_names_one_of_its_records_is_written() -> None:
    """What would be filtered by the numbers of other records is a hole."""
    bound_writes = [one for each in WRITES.values() for one in each.values() if one.bound]
    assert bound_writes
    for route in bound_writes:
        if route.rows is None:
            assert route.path.startswith("/api/v2/token")
            continue
        resource = next(one for one in RESOURCES if route.path.startswith(f"{one.path}/{{id}}"))
        assert route.bound is resource.bound
        assert route.rows(1).model is resource.queryset().model


def test_version_1_refuses_it_as_it_refuses_others(alice: Client) -> None:
    make_invoice(alice)
    token = bound(alice, make_service(alice))
    for path in ("/services", "/services/1", "/me", "/invoices", "/services?page=x"):
        answer = call_api(path, token)
        assert answer.status == 403
        assert answer.json.keys() == {"message"}
        assert answer.json["message"].startswith("This token is for some services, domains")
        assert "ratelimit" in answer.headers


@pytest.mark.parametrize(
    ("scopes", "field", "code"),
    [
        (["services:read", "profile:read"], "scopes", "api_token.scope_of_all"),
        (["orders:write"], "scopes", "api_token.scope_of_all"),
    ],
)
def test_it_has_no_scope_that_is_about_more(
    alice: Client, scopes: list[str], field: str, code: str
) -> None:
    with pytest.raises(BusinessError) as refused:
        make_token(alice, scopes=scopes, bound_to=[("service", make_service(alice).pk)])
    assert (refused.value.field, refused.value.code) == (field, code)


def test_it_is_bound_to_records_of_its_client_alone(alice: Client) -> None:
    mine, others = make_service(alice), make_service(make_client())
    for records in (
        [("service", others.pk)],
        [("service", mine.pk), ("service", others.pk)],
        [("domain", mine.pk)],
        [("invoice", mine.pk)],
    ):
        with pytest.raises(BusinessError) as refused:
            make_token(alice, scopes=["services:read"], bound_to=records)
        assert (refused.value.field, refused.value.code) == (
            "bound_to",
            "api_token.record_unknown",
        )
    assert not ApiToken.objects.exists()


def test_a_zone_is_apart_from_its_domain(alice: Client) -> None:
    turn_zones_on()
    first, second = (make_stored_zone(alice, f"{name}.example") for name in ("one", "two"))
    token = bound(alice, first)
    assert read("/zones", token).ids == [first.pk]
    assert [read(f"/zones/{row.pk}", token).status for row in (first, second)] == [200, 404]
    assert read("/zones", bound(alice, make_domain(alice))).ids == []
    refused = post("/api/v2/zones", token, {"name": "other.example"})
    assert (refused.status, refused.json["code"]) == (403, "token.bound")


def test_plan_changes_are_those_of_its_services(alice: Client) -> None:
    mine, others = (ask(make_upgradable(alice, name), at=AT) for name in ("one", "two"))
    token = bound(alice, mine.service)
    assert read("/plan-changes", token).ids == [mine.pk]
    assert [read(f"/plan-changes/{one.pk}", token).status for one in (mine, others)] == [200, 404]
