"""The description of version 2: exact, complete, and the same as its copy."""

import json
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from django.test import override_settings
from schemathesis.specs.openapi.definitions import OPENAPI_31

from commerce.accounts.models import SCOPES, Client
from commerce.api.docs.public import neutral_description_text
from commerce.api.v2.docs.changes import written
from commerce.api.v2.docs.description import describe_api
from commerce.api.v2.docs.problem_examples import example_problems
from commerce.api.v2.problem_words import PROBLEMS
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.api.v2.resources.carriers import CARRIERS
from commerce.api.v2.resources.files import FILES, REPORTS
from commerce.api.v2.writing.all_writes import WRITES
from tests.api.described import DescribedApi, everything
from tests.house.source import ROOT
from tests.make import make_domain, make_service, make_token
from tests.make.api import call_api

TARGET = "/api/v2/openapi.json"
LISTS = [one for one in RESOURCES if one.list_struct is not None]
SINGLE = [one for one in RESOURCES if one.list_struct is None]
API = DescribedApi(describe_api)
unlimited = override_settings(COMMERCE_API_RATE=(10**6, 60))
described, resolved, misfits = API.whole, API.resolved, API.misfits


def parameters(path: str, where: str = "query") -> list[Any]:
    item = described()["paths"][path]
    taken = [resolved(one) for one in item["parameters"] + item["get"].get("parameters", [])]
    return [one for one in taken if one["in"] == where]


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = described()["components"]["schemas"]
    return found


def test_the_copy_is_what_is_served() -> None:
    """Else run: make openapi"""
    text = neutral_description_text("v2")
    assert (ROOT / "docs" / "openapi-v2.json").read_text("utf-8") == text
    served, kept = call_api(TARGET).json, json.loads(text)
    for name in ("servers", "externalDocs", "info"):
        del served[name], kept[name]
    assert served == kept


def test_it_is_openapi() -> None:
    assert described()["openapi"] == "3.1.1"
    validator = jsonschema_rs.Draft202012Validator(OPENAPI_31)
    assert [error.message for error in validator.iter_errors(described())] == []
    for schema in schemas().values():
        jsonschema_rs.meta.validate(schema)
    used = {part["$ref"] for part in everything(described()) if "$ref" in part}
    kinds = described()["components"].items()
    made = {f"#/components/{kind}/{name}" for kind, each in kinds for name in each}
    assert used == made - {"#/components/securitySchemes/token"}


def test_every_route_is_described_once_with_its_scope_and_effect() -> None:
    routes = {one.path: one.scope for one in RESOURCES}
    routes |= {f"{one.path}/{{id}}": one.scope for one in LISTS}
    routes |= {path: one.resource.scope for path, one in [*FILES.items(), *REPORTS.items()]}
    assert described()["paths"].keys() == routes.keys() | WRITES.keys() | {TARGET}
    ids = [one["operationId"] for _, _, one in API.operations()]
    assert len(ids) == len(set(ids)) == 2 * len(routes) + 2 + len(written())
    for path, method, one in API.operations():
        if method in ("get", "head"):
            effect, scopes = "read", [routes[path]] if path in routes else []
        else:
            route = WRITES[path][method.upper()]
            effect, scopes = route.effect, [*route.scopes]
            assert len(set(scopes)) == len(scopes)
            assert "" not in scopes
        assert one["x-effect"] == effect
        assert one["security"] == (
            [{"token": [each for each in scopes if each]}] if path != TARGET else []
        )


def test_every_status_that_can_occur_is_described() -> None:
    always = {"403", "405", "500"}
    changed = {"404", "409", "412", "413", "415", "422"}
    for path, method, one in API.operations():
        wanted = always | (set() if path == TARGET else {"400", "401", "429", "503"})
        wanted |= {"404"} if "{id}" in path else set()
        if method in ("get", "head"):
            wanted |= {"200", "304"} | (REPORTS[path].problems.keys() if path in REPORTS else set())
        else:
            route = WRITES[path][method.upper()]
            wanted |= changed | ({"428"} if route.needs_version else set())
            fine, *waits = sorted(status for status in one["responses"] if status < "300")
            assert waits in ([], ["202"])
            wanted |= {fine, *waits}
        assert (path, set(one["responses"])) == (path, wanted)
        for status, response in one["responses"].items():
            has_body = method != "head" and status not in ("204", "304")
            content = resolved(response).get("content", {})
            assert bool(content) == has_body, (path, method, status)
            if has_body and status >= "300":
                assert content.keys() == {"application/problem+json"}


OF_OPERATIONS = {one for one in PROBLEMS if one.partition(".")[0] in CARRIERS}
OF_SPENDING = {"token.spending_limit", "price.changed", "needs_confirmation"}
OF_SPENDING |= {"quote.expired", "quote.ended"}
OF_POSTS = {"idempotency.key_missing"}
OF_FILES = {"document.not_ready"}
OF_FEED = {"events.too_old"}
OF_WRITES = {
    *("request.body_not_valid", "request.media_type", "request.too_large", "precondition.failed"),
    *("idempotency.in_progress", "idempotency.key_reused", "idempotency.key_not_valid"),
    *("account.suspended", "dry_run.timeout"),
}


def test_each_problem_has_an_example_where_it_can_occur() -> None:
    examples = {one.code for one in example_problems().values()}
    assert examples == PROBLEMS.keys() - OF_OPERATIONS
    examples -= OF_SPENDING | OF_FEED | {"precondition.missing"}
    shown: dict[str, set[str]] = {}
    for path, item in described()["paths"].items():
        methods = [
            item[method] for method in ("get", "patch", "put", "post", "delete") if method in item
        ]
        for response in [one for each in methods for one in each["responses"].values()]:
            content = resolved(response).get("content", {}).get("application/problem+json", {})
            for one in content.get("examples", {}).values():
                shown.setdefault(path, set()).add(one["value"]["code"])
                assert one["value"]["code"] in resolved(response)["description"]
    for resource in RESOURCES:
        has_list = resource.list_struct is not None
        detail = shown.get(f"{resource.path}/{{id}}", set())
        here = [*WRITES.get(resource.path, {}).values()]
        here += WRITES.get(f"{resource.path}/{{id}}", {}).values()
        missing = set() if has_list else {"cursor.not_valid"}
        missing |= set() if has_list or here or resource.is_below_row else {"request.not_found"}
        missing |= set() if here else OF_WRITES
        missing |= set() if any(one.needs_key for one in here) else OF_POSTS
        told = (shown[resource.path] | detail) - OF_SPENDING - {"precondition.missing"}
        assert told == examples - missing - OF_FILES
    for path in FILES:
        assert shown[path] == examples - OF_WRITES - OF_POSTS - {"cursor.not_valid"}
    for route in written():
        codes = OF_WRITES | (OF_POSTS if route.needs_key else set())
        codes |= OF_SPENDING if route.effect == "spend" else set()
        assert shown[route.path] > codes


def test_each_field_is_explained_and_there_unless_it_is_embedded_on_request() -> None:
    optional = {}
    for name, schema in schemas().items():
        if name.endswith(("Fields", "DryRun")):
            assert ("required" in schema) == name.endswith("DryRun")
            assert schema["properties"].keys() == schemas()[name[:-6]]["properties"].keys()
            continue
        if name.endswith("Change") and name != "PlanChange":
            assert not schema.get("required")
            assert schema["additionalProperties"] is False
            continue
        missing = schema["properties"].keys() - set(schema["required"])
        optional |= {name: missing} if missing else {}
        for key, part in schema["properties"].items():
            assert name.endswith(("Reply", "List")) or part["description"], f"{name}.{key}"
    of_client = "CreditNoteDetail Domain DomainDetail Order OrderDetail PaymentDetail PaymentMethod"
    assert optional == {
        **{one: {"client"} for one in of_client.split()},
        "DomainContactBody": {"company", "address2", "state"},
        "DomainContactsBody": {"admin", "tech", "billing"},
        "DomainRenewal": {"years", "expected_total", "quote_id", "payment", "begin_at_once"},
        "DomainRestore": {"expected_total", "quote_id", "payment", "begin_at_once"},
        "Invoice": {"autopay_on", "client", "items", "payments", "tax_lines", "credit_notes"},
        "InvoiceDetail": {"autopay_on", "client"},
        "InvoicePayment": {"amount", "expected_total"},
        "InvoicePayments": {"expected_total"},
        "ListedCreditNote": {"client", "items", "tax_lines"},
        "PlanChangeOrder": {*schemas()["PlanChangeOrder"]["properties"]},
        "PlanChangePayment": {"expected_total"},
        **{
            one: {*schemas()[one]["properties"]}
            for one in ("NewOrder", "NewOrderItem", "NewQuote", "OrderedItem")
        },
        "NewPaymentMethod": {"gateway"},
        "NewWebhookEndpoint": {"description", "types"},
        "NotificationChoices": {"billing", "services", "domains"},
        "QuotedDomainRenewal": {"years"},
        "ProblemPlace": {"parameter", "header", "pointer"},
        "Problem": {"errors", "expected_total", "quote"},
        "NewRegistrant": {"company", "address2", "state"},
        "Service": {"client", "product"},
        "ServiceCancellation": {"reason"},
        "ServiceDetail": {"client", "product"},
        "TokenRotation": {"overlap_minutes"},
        "DomainSearch": {"names", "query"},
        "RecordEdit": {"values", "ttl"},
        "ZoneRecordBody": {"ttl"},
    }


def test_what_follows_from_other_rows_or_the_day_is_marked() -> None:
    """A new one of these needs a look: it moves neither the version of its row nor an event."""
    every = ("client", "updated_at")
    marked = {
        f"{name}.{key}"
        for name, schema in schemas().items()
        for key, part in schema["properties"].items()
        if not name.endswith("DryRun") and part.get("x-derived") and key not in every
    }
    assert marked == {
        *("Service.product_name", "Service.product", "Product.name"),
        *("ServiceDetail.product_name", "ServiceDetail.server_hostname", "ServiceDetail.product"),
        *("ServiceDetail.access_url", "ServiceDetail.ip_addresses"),
        *("Invoice.autopay_on", "InvoiceDetail.autopay_on"),
        *("DomainDetail.grace_ends_on", "DomainDetail.redemption_ends_on"),
        *("ServiceDetail.cancellation", "ServiceDetail.plan_change"),
        *("Invoice.is_overdue", "InvoiceDetail.is_overdue", "InvoiceDetail.documents"),
        "CreditNoteDetail.documents",
        *("PlanChange.payment_request", "OperationUnit.status"),
        *("Order.pending_reason", "OrderDetail.pending_reason", "OrderDetail.invoice_id"),
        *("Token.scopes", "Token.rates", "Token.spending"),
        *("Zone.publication", "ZoneDetail.publication"),
        *("ServiceDetail.auto_pay", "DomainDetail.dnssec", "AccountDetail.notifications"),
    }
    assert schemas()["Order"]["properties"]["client"]["x-derived"]


def test_every_example_fits_its_schema() -> None:
    count = 0
    for part in everything(described()):
        if not isinstance(part, dict) or "schema" not in part:
            continue
        shown = [one["value"] for one in part.get("examples", {}).values()]
        for example in [*shown, *([part["example"]] if "example" in part else [])]:
            count += 1
            assert API.wrong(example, resolved(part["schema"])) == []
    for name, schema in schemas().items():
        for example in schema.get("examples", []):
            count += 1
            assert API.wrong(example, {"$ref": f"#/components/schemas/{name}"}) == []
            assert list(example) == schema["required"]
        for part in schema["properties"].values():
            for example in part.get("examples", []):
                count += 1
                assert API.wrong(example, part) == []
    assert count > 200


@unlimited
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.path)
def test_what_is_taken_is_described_and_its_examples_are_right(
    alice: Client, resource: Resource
) -> None:
    """Each example alone: the strictness of the server is what tells."""
    token = make_token(alice, scopes=[*SCOPES], name="all")[1]
    address = resource.path
    if resource.is_below_row:
        maker = make_domain if "/domains/" in address else make_service
        address = address.replace("{id}", str(maker(alice).pk))
    alone = {"fields", "include"} if resource.includes else {"fields"}
    lists = {"limit", "cursor", "sort", *resource.filters} if resource in LISTS else set()
    assert {one["name"] for one in parameters(resource.path)} == alone | lists
    for one in parameters(resource.path):
        if one["name"] == "cursor":
            continue
        example = one["example"]
        text = ",".join(map(str, example)) if isinstance(example, list) else str(example)
        text = text.lower() if isinstance(example, bool) else text
        if isinstance(example, dict):
            ((key, text),) = example.items()
            assert call_api(f"{address}?{one['name']}[{key}]={text}", token).status == 200
            continue
        choices = one["schema"].get("items", one["schema"]).get("enum", [])
        for value in (text, *choices):
            query = f"{one['name']}={quote(value)}"
            if (outer := value.partition(".")[0]) in resource.includes and one["name"] == "fields":
                query += f"&include={outer}"
            assert (query, call_api(f"{address}?{query}", token).status) == (query, 200)
