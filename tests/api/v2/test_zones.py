"""DNS zones by program: read, records whole or edited, zone files, versions, ends (client-api-v2.md 6, dns.md 3)."""

from typing import Any

import pytest

from commerce.accounts.models import SCOPES, Client
from commerce.api.v2.writing.zones import CHECKS_A_MINUTE, ZONE_POSTS, ZONE_WRITES
from commerce.dns.actions.signing import record_publication
from commerce.dns.models import Zone
from commerce.dns.record_types import MAX_EDITED_VALUES
from commerce.dns.rules import DnsRecord
from commerce.jobs.models import Job
from commerce.kit.acts.act import act_of
from tests.api.v2.posting import post
from tests.api.v2.test_description import API, described, misfits
from tests.dns.powerdns import name_server, running_powerdns, tree
from tests.doubles.dns_tree import DnsTree
from tests.make import make_client, make_domain, make_service, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.table_digests import table_digests
from tests.make.zones import RECORDS, make_stored_zone, turn_zones_on

__all__ = ["name_server", "running_powerdns", "tree"]
NS = RECORDS[0]


@pytest.fixture
def zone(alice: Client) -> Zone:
    turn_zones_on()
    return make_stored_zone(alice, "acme.example")


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=["dns:read", "dns:write", "dns:destroy"])[1]


def path_of(zone: Zone) -> str:
    return f"/api/v2/zones/{zone.pk}"


def shown(zone: Zone, token: str) -> Any:
    answer = call_api(path_of(zone), token)
    assert answer.status == 200, answer.body
    return answer.json["data"]


def send(
    zone: Zone, token: str, method: str, verb: str, body: Any = None, **headers: str
) -> ApiAnswer:
    """A write of the version that was read last, unless another is named."""
    tag = call_api(path_of(zone), token).headers.get("etag", '"1-0"')
    named = {"If-Match": tag, "Idempotency-Key": f"{method} {verb} {body} {tag}"[:250]}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    named = {name: value for name, value in named.items() if value}
    answer = call_api(f"{path_of(zone)}{verb}", token, method=method, body=body, headers=named)
    at = f"/api/v2/zones/{{id}}{verb.partition('?')[0]}"
    assert misfits(at, method, answer) == []
    return answer


def places(answer: ApiAnswer) -> list[tuple[str, str]]:
    assert answer.status == 422, answer.body
    return [(one["pointer"], one["code"]) for one in answer.json["errors"]]


def records(answer: ApiAnswer) -> list[tuple[str, str, int, str]]:
    assert answer.status == 200, answer.body
    return [(r["name"], r["type"], r["ttl"], r["value"]) for r in answer.json["data"]["records"]]


def test_a_zone_is_read_with_its_records_and_versions(zone: Zone, writer: str) -> None:
    told = shown(zone, writer)
    assert told["records"] == RECORDS
    assert [one["number"] for one in told["versions"]] == [1]
    assert (told["serial"], told["publication"], told["dnssec"]) == (
        2026040800,
        "published",
        "unsigned",
    )
    listed = call_api("/api/v2/zones?name=ACME.example", writer).json["data"]
    assert listed == [{name: told[name] for name in listed[0]}]
    assert call_api("/api/v2/zones?status=ended", writer).ids == []


def test_what_looks_wrong_is_told_by_codes(zone: Zone, writer: str) -> None:
    spf = {"name": "@", "type": "TXT", "ttl": 3600, "value": "v=spf1 mx"}
    zone.versions.update(records=[NS, spf])
    found = [{"code": "elsewhere", "about": "ns1.other.example"}, {"code": "ds_left"}]
    Zone.objects.update(is_delegated=False, delegation_problems=found)
    told = shown(zone, writer)
    assert [one["code"] for one in told["warnings"]] == ["zone.spf_without_all"]
    assert told["delegation_problems"] == [found[0], found[1] | {"about": ""}]


def test_records_are_set_as_a_whole_and_published_by_a_job(zone: Zone, writer: str) -> None:
    wanted = [NS, {"name": "www", "type": "a", "value": "192.0.2.9"}]
    answer = send(zone, writer, "PUT", "/records", {"records": wanted})
    assert records(answer)[1:] == [("www", "A", 3600, "192.0.2.9")]
    told = answer.json["data"]
    assert (told["publication"], told["serial"]) == ("pending", zone.newest.serial)
    assert [one["cause"] for one in told["versions"]] == ["edit", "edit"]
    assert Job.objects.filter(action="zone.publish").count() == 1
    Job.objects.update(status="parked")
    assert shown(zone, writer)["publication"] == "refused"
    record_publication(zone=zone, version=zone.newest, ds_records=[], ctx=CTX)
    assert shown(zone, writer)["publication"] == "published"
    again = send(zone, writer, "PUT", "/records", {"records": wanted})
    assert (again.status, zone.versions.count()) == (200, 2)


def test_each_record_that_breaks_a_rule_is_told_at_its_place(zone: Zone, writer: str) -> None:
    wrong = [
        NS,
        {"name": "www", "type": "A", "value": "192.0.2.256"},
        {"name": "www", "type": "CNAME", "value": "other.example."},
        {"name": "www", "type": "TXT", "value": "beside"},
        {"name": "x.other.example.", "type": "A", "value": "192.0.2.1"},
    ]
    answer = send(zone, writer, "PUT", "/records", {"records": wrong})
    assert places(answer) == [
        ("/records/1", "zone.a_not_valid"),
        ("/records/2", "zone.cname_beside_others"),
        ("/records/4", "zone.name_outside"),
    ]
    without = send(zone, writer, "PUT", "/records", {"records": wrong[3:4]})
    assert places(without) == [("/records", "zone.no_nameserver")]
    odd = {"records": [{"name": "www", "type": "A", "ttl": 5, "value": "192.0.2.1"}]}
    assert send(zone, writer, "PUT", "/records", odd).status == 422
    assert zone.versions.count() == 1


def test_the_state_that_is_replaced_must_be_named(zone: Zone, writer: str) -> None:
    body = {"records": [NS]}
    assert send(zone, writer, "PUT", "/records", body, If_Match="").status == 428
    tag = call_api(path_of(zone), writer).headers["etag"]
    assert edit(zone, writer, ("add", "a", "A", "192.0.2.1")).status == 200
    assert send(zone, writer, "PUT", "/records", body, If_Match=tag).status == 412
    assert len(zone.newest.records) == 3


def edit(zone: Zone, token: str, *edits: tuple[str, ...], ttl: int | None = None) -> ApiAnswer:
    sent = [
        {"op": op, "name": name, "type": kind, "values": list(values)}
        | ({"ttl": ttl} if ttl else {})
        for op, name, kind, *values in edits
    ]
    return send(zone, token, "PATCH", "/records", {"edits": sent}, If_Match="")


WWW = ("www", "A", 3600, "192.0.2.1")


def test_records_are_added_replaced_and_removed(zone: Zone, writer: str) -> None:
    def beside_ns(answer: ApiAnswer) -> list[tuple[str, str, int, str]]:
        return [one for one in records(answer) if one[1] != "NS"]

    added = edit(zone, writer, ("add", "www", "A", "192.0.2.2"), ("add", "m", "TXT", "a b"))
    assert beside_ns(added) == [("m", "TXT", 3600, "a b"), WWW, ("www", "A", 3600, "192.0.2.2")]
    only = edit(zone, writer, ("remove", "www.acme.example.", "A", "192.0.2.2"))
    assert beside_ns(only) == [("m", "TXT", 3600, "a b"), WWW]
    replaced = edit(zone, writer, ("replace", "M", "txt", "c"), ttl=60)
    assert beside_ns(replaced) == [("m", "TXT", 60, "c"), WWW]
    kept = edit(zone, writer, ("replace", "m", "TXT", "d"), ("remove", "www", "A"))
    assert beside_ns(kept) == [("m", "TXT", 60, "d")]
    cname = edit(zone, writer, ("remove", "m", "TXT"), ("add", "m", "CNAME", "www"))
    assert beside_ns(cname) == [("m", "CNAME", 3600, "www.acme.example.")]
    assert zone.versions.count() == 6


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        ([("remove", "no", "A")], ("/edits/1", "zone.record_unknown")),
        ([("remove", "www", "A", "192.0.2.7")], ("/edits/1", "zone.record_unknown")),
        ([("add", "www", "A", "192.0.2.1")], ("/edits/1", "zone.record_twice")),
        ([("add", "www", "CNAME", "x.example.")], ("/edits/1", "zone.cname_beside_others")),
        ([("add", "x", "A", "one")], ("/edits/1", "zone.a_not_valid")),
        ([("replace", "x", "A")], ("/edits/1", "zone.no_value")),
        ([("add", "x", "LOC", "y")], ("/edits/1", "zone.type_unknown")),
        ([("add", "a..b", "A", "192.0.2.1")], ("/edits/1", "zone.name_not_valid")),
        ([("remove", "@", "NS")], ("/edits/1", "zone.no_nameserver")),
    ],
)
def test_edits_are_all_done_or_none(
    zone: Zone, writer: str, edits: list[tuple[str, ...]], found: tuple[str, str]
) -> None:
    answer = edit(zone, writer, ("add", "fine", "A", "192.0.2.3"), *edits)
    assert places(answer) == [found]
    assert zone.versions.count() == 1


def test_a_zone_file_is_looked_at_and_then_imported(zone: Zone, writer: str) -> None:
    file = "@ IN NS ns1.example.net.\n@ IN SOA a. b. 1 2 3 4 5\nftp 60 IN A 192.0.2.4\n"
    tried = send(zone, writer, "POST", "/import?dry_run=true", {"zone_file": file})
    assert records(tried)[1:] == [("ftp", "A", 60, "192.0.2.4")]
    assert zone.versions.count() == 1
    assert records(send(zone, writer, "POST", "/import", {"zone_file": file})) == records(tried)
    assert zone.newest.cause == "import"
    wrong = send(zone, writer, "POST", "/import", {"zone_file": "x IN A y\n$INCLUDE z\n"})
    assert {place for place, _ in places(wrong)} == {"/zone_file"}
    assert "Line 1" in wrong.json["errors"][0]["detail"]


def test_a_zone_file_comes_back_as_it_went_in(zone: Zone, writer: str) -> None:
    path = f"{path_of(zone)}/zone-file"
    file = call_api(path, writer)
    assert (file.status, file.headers["content-type"]) == (200, "text/dns")
    body = {"zone_file": file.body.decode()}
    assert records(send(zone, writer, "POST", "/import", body))[1:] == [WWW]
    assert zone.versions.count() == 1
    Zone.objects.update(status="ended", ended_at=zone.created_at)
    assert call_api(path, writer).status == 404


def test_a_zone_file_is_for_a_token_of_that_zone_and_for_whoever_accepts_it(
    alice: Client, zone: Zone, writer: str
) -> None:
    other = make_stored_zone(alice, "other.example")
    file = call_api(f"{path_of(zone)}/zone-file", writer)
    accepted = call_api(path_of(zone), writer, headers={"Accept": "text/dns"})
    assert (accepted.body, accepted.headers["etag"]) == (file.body, file.headers["etag"])
    for accept in ("application/json", "*/*"):
        usual = call_api(path_of(zone), writer, headers={"Accept": accept})
        assert usual.json["data"]["id"] == zone.pk
    assert call_api("/api/v2/zones", writer, headers={"Accept": "text/dns"}).json["data"]
    bound = make_token(alice, scopes=["dns:read"], bound_to=[("zone", zone.pk)], name="one")[1]
    assert call_api(f"{path_of(zone)}/zone-file", bound).body == file.body
    assert call_api(f"{path_of(other)}/zone-file", bound).status == 404


def test_an_earlier_version_is_restored_as_a_new_one(zone: Zone, writer: str) -> None:
    before = records(edit(zone, writer, ("remove", "www", "A")))
    answer = send(zone, writer, "POST", "/restore", {"number": 1})
    assert records(answer) == [*before, WWW]
    assert zone.newest.cause == "restore"
    assert send(zone, writer, "POST", "/restore", {"number": 9}).json["code"] == (
        "zone.version_unknown"
    )
    assert records(send(zone, writer, "POST", "/reset")) != records(answer)


def test_a_zone_of_an_own_domain_is_made_and_ends(alice: Client, writer: str) -> None:
    turn_zones_on()
    domain = make_domain(alice, domain_name="new.example")
    made = post("/api/v2/zones", writer, {"name": "New.Example"})
    assert made.status == 201, made.body
    told = made.json["data"]
    assert made.headers["location"].endswith(f"/api/v2/zones/{told['id']}")
    assert (told["domain_id"], told["publication"]) == (domain.pk, "pending")
    again = post("/api/v2/zones", writer, {"name": "new.example"}, Idempotency_Key="l")
    assert (again.status, again.json["errors"][0]["pointer"]) == (422, "/name")
    zone = Zone.objects.get()
    ended = send(zone, writer, "DELETE", "")
    assert (ended.status, ended.json["data"]["status"]) == (200, "ended"), ended.body
    assert ended.json["data"]["publication"] == "withdrawn"
    assert send(zone, writer, "DELETE", "").json["code"] == "zone.ended"
    assert edit(zone, writer, ("remove", "www", "A")).status == 409


def test_a_zone_elsewhere_needs_an_active_service(alice: Client, writer: str) -> None:
    turn_zones_on()
    body = {"name": "elsewhere.example"}
    refused = post("/api/v2/zones", writer, body)
    assert (refused.status, refused.json["code"]) == (422, "zone.client_without_service")
    make_service(alice)
    assert post("/api/v2/zones", writer, body).status == 201


def test_tries_leave_nothing(zone: Zone, alice: Client, writer: str) -> None:
    make_domain(alice, domain_name="new.example")
    before = table_digests()
    body = {"records": [NS]}
    assert records(send(zone, writer, "PUT", "/records?dry_run=true", body)) == [
        ("@", "NS", 3600, "ns1.example.net.")
    ]
    made = post("/api/v2/zones?dry_run=true", writer, {"name": "new.example"})
    assert (made.status, made.json["data"]["id"]) == (201, None), made.body
    assert send(zone, writer, "DELETE", "?dry_run=true").status == 200
    checked = send(zone, writer, "POST", "/check?dry_run=true")
    assert (checked.status, checked.json["not_checked"]) == (200, ["registry"])
    assert table_digests() == before


def test_the_registry_is_asked_ten_times_a_minute(
    alice: Client, writer: str, tree: DnsTree
) -> None:
    zone = make_stored_zone(alice, "acme.example")
    tree.delegations[zone.name] = ["ns1.other.example"]

    def check() -> ApiAnswer:
        return send(zone, writer, "POST", "/check", Idempotency_Key="")

    answer = check()
    assert answer.json["data"]["delegation_problems"] == [
        {"code": "elsewhere", "about": "ns1.other.example"}
    ]
    assert answer.json["data"]["is_delegated"] is False
    version = answer.json["data"]["version"]
    assert version == zone.version + 2  # its records, and what the check found
    for _ in range(CHECKS_A_MINUTE - 1):
        assert check().json["data"]["version"] == version
    assert check().json["code"] == "rate_limit.exceeded"


def test_others_zones_are_as_none(writer: str) -> None:
    turn_zones_on()
    foreign = make_stored_zone(make_client(owner="charlie@example.com"))
    for method, verb, body in [
        ("PUT", "/records", {"records": [NS]}),
        ("POST", "/check", None),
        ("POST", "/restore", {"number": 1}),
        ("DELETE", "", None),
    ]:
        assert send(foreign, writer, method, verb, body).status == 404, (method, verb)
    assert foreign.versions.count() == 1


def test_a_token_for_one_zone_has_that_one_alone(zone: Zone, alice: Client) -> None:
    other = make_stored_zone(alice, "other.example")
    scopes = ["dns:read", "dns:write", "dns:destroy"]
    token = make_token(alice, scopes=scopes, bound_to=[("zone", zone.pk)])[1]
    assert call_api("/api/v2/zones", token).ids == [zone.pk]
    assert edit(zone, token, ("remove", "www", "A")).status == 200
    assert edit(other, token, ("remove", "www", "A")).status == 404
    assert send(other, token, "DELETE", "").status == 404
    assert post("/api/v2/zones", token, {"name": "new.example"}).json["code"] == "token.bound"


def test_to_end_a_zone_takes_a_scope_of_its_own(zone: Zone, alice: Client) -> None:
    token = make_token(alice, scopes=["dns:read", "dns:write"])[1]
    answer = send(zone, token, "DELETE", "")
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")


def test_no_zone_is_changed_without_a_name_server(alice: Client, writer: str) -> None:
    zone = make_stored_zone(alice)
    answer = edit(zone, writer, ("remove", "www", "A"))
    assert (answer.status, answer.json["code"]) == (422, "dns.off")
    ended = send(zone, writer, "DELETE", "")
    assert (ended.status, ended.json["code"]) == (422, "dns.off")


def test_scopes_and_examples_are_those_of_the_acts() -> None:
    for act in ZONE_POSTS:
        assert SCOPES[act.scope] == act_of(act.action).member
    for route in [one for one in ZONE_WRITES if one.body]:
        said = described()["paths"][route.path][route.method.lower()]
        content = said["requestBody"]["content"]["application/json"]
        assert API.wrong(content["example"], content["schema"]) == []


def test_edits_take_no_longer_than_their_number(
    zone: Zone, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, equal = [0], DnsRecord.__eq__

    def counting(one: DnsRecord, other: object) -> bool:
        compared[0] += 1
        return equal(one, other)

    monkeypatch.setattr(DnsRecord, "__eq__", counting)
    answer = edit(zone, writer, *[("add", "a", "TXT", f"text {i}") for i in range(100)])
    assert len(records(answer)) > 100
    assert compared[0] < 1000
    many = ("replace", "a", "TXT", *[f"text {i}" for i in range(MAX_EDITED_VALUES * 2 // 5)])
    assert places(edit(zone, writer, many, many, many)) == [("/edits/2", "zone.too_many_records")]
    assert edit(zone, writer, many, many).status == 200
