"""PowerDNS Authoritative, version 4.7 or later, by its HTTP API."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, unquote

from django.utils.translation import gettext_lazy as _

from commerce.dns.rules import APEX, DnsRecord, host_and_port
from commerce.dns.servers.contract import ServedZone, ZoneRefusedError
from commerce.domains.registrars.contract import DsRecord
from commerce.domains.rules import possible_tlds
from commerce.kit.remote.calls import NoteCall, noting_calls
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError, send_request, understood
from commerce.kit.remote.json import parse_json
from commerce.kit.text import clean_line
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField
from commerce.site_settings.current import get_setting

if TYPE_CHECKING:
    from dns.message import Message

OLDEST_VERSION = (4, 7)
CALL_SECONDS, DNS_SECONDS = 15, 3
SHA_256 = 2
"""The digest of delegation signers that is published: SHA-1 is weak, and one is enough."""
ACCOUNT = "commerce"
"""The account of the zones that we made: all others are somebody else's, whom they stay with."""
_ZONE = re.compile(r"/zones/([^/]+)")
MADE_BY_THE_SERVER = frozenset("RRSIG NSEC NSEC3 NSEC3PARAM DNSKEY CDS CDNSKEY".split())


class PowerDnsServer:
    """Zones are kept whole: what is not among our records is taken away in the same call."""

    slug: ClassVar[str] = "powerdns"
    name: ClassVar[Text] = "PowerDNS"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "api_url",
            _("API address"),
            kind="url",
            help=_("Address of the PowerDNS web server, such as http://127.0.0.1:8081"),
            required=True,
            directs_secrets=True,
        ),
        AdapterField("api_key", _("API key"), required=True, secret=True),
        AdapterField(
            "server_id", _("Server ID"), help=_("Server ID at the API"), default="localhost"
        ),
        AdapterField(
            "is_primary",
            _("Primary zones"),
            kind="switch",
            help=_("Make zones primary, so that secondary servers are notified; otherwise native"),
        ),
        AdapterField(
            "catalog", _("Catalog zone"), help=_("Catalog zone that secondary servers follow")
        ),
        AdapterField(
            "dns_address",
            _("DNS address"),
            help=_(
                "IP address and port where the server answers DNS, such as 192.0.2.53:53; a change is live once it"
                " is answered there. If empty, the first nameserver is asked"
            ),
        ),
        AdapterField(
            "expand_alias",
            _("ALIAS records"),
            kind="switch",
            help=_("Allow ALIAS records; turn on expand-alias at the server first"),
        ),
    )

    note_calls: Callable[[str], NoteCall] | None = None
    """Who keeps its calls about a zone; nobody, unless it is set."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._is_powerdns = False
        """Whether it has said so."""

    @property
    def takes_alias(self) -> bool:
        return bool(self._settings["expand_alias"])

    @property
    def own_zones(self) -> list[str]:
        catalog = self._catalog().rstrip(".")
        return [catalog] if catalog else []

    @understood
    def test(self) -> str:
        version = str(self._ask("GET", "").data()["version"])
        numbers = tuple(int(part) for part in re.findall("[0-9]+", version)[:2])
        if numbers < OLDEST_VERSION:
            raise ZoneRefusedError(f"PowerDNS {version} is too old")
        catalog = self._catalog()
        if catalog and self._ask("GET", f"/zones/{quote(catalog)}", missing=True).status == 404:
            raise ZoneRefusedError(f"the catalog zone {catalog} isn't there")
        return version

    @understood
    def put_zone(self, zone: ServedZone) -> None:
        wanted = _rrsets(zone)
        there = self._ask("GET", _path(zone.name), missing=True)
        if there.status == 404:
            for name in possible_tlds(zone.name):
                self._is_there(name)
            body = {"name": f"{zone.name}.", "nameservers": [], "rrsets": wanted, **self._kind()}
            self._ask("POST", "/zones", {**body, "account": ACCOUNT})
            there = self._ask("GET", _path(zone.name))
        else:
            _check_ours(zone.name, there.data())
            self._change_records(zone, there.data(), wanted)
        self._change_settings(zone, there.data())
        if self._settings["is_primary"]:
            self._ask("PUT", f"{_path(zone.name)}/notify")

    def _is_there(self, name: str) -> bool:
        """Raises ``ZoneRefusedError`` for a zone that is not ours."""
        there = self._ask("GET", f"{_path(name)}?rrsets=false", missing=True)
        if there.status == 404:
            return False
        _check_ours(name, there.data())
        return True

    def _change_records(
        self, zone: ServedZone, there: Mapping[str, Any], wanted: list[dict[str, Any]]
    ) -> None:
        kept = {(each["name"], each["type"]) for each in wanted}
        gone = [
            {"name": each["name"], "type": each["type"], "changetype": "DELETE"}
            for each in there["rrsets"]
            if (each["name"], each["type"]) not in kept and each["type"] not in MADE_BY_THE_SERVER
        ]
        self._ask("PATCH", _path(zone.name), {"rrsets": [*gone, *wanted]})

    def _change_settings(self, zone: ServedZone, there: Mapping[str, Any]) -> None:
        """Kind, catalog, and whether it signs: with NSEC3 without salt and further rounds (RFC 9276)."""
        wanted = {**self._kind(), "dnssec": zone.is_signed}
        # Secondaries fetch a signed zone anew when its serial says so: its signatures last for two weeks.
        wanted["soa_edit"] = "INCEPTION-INCREMENT" if self._settings["is_primary"] else ""
        changes = {name: value for name, value in wanted.items() if there[name] != value}
        if changes.get("dnssec"):
            changes["nsec3param"] = "1 0 0 -"
        if changes:
            self._ask("PUT", _path(zone.name), changes)

    def _kind(self) -> dict[str, Any]:
        """The serial stays ours (``soa_edit_api``), and order and hashes of names are kept right with each change."""
        kind = "Master" if self._settings["is_primary"] else "Native"
        return {
            "kind": kind,
            "catalog": self._catalog(),
            "soa_edit_api": "",
            "api_rectify": True,
        }

    def _catalog(self) -> str:
        name = str(self._settings["catalog"]).strip().rstrip(".")
        return f"{name}." if name else ""

    @understood
    def get_zone(self, name: str) -> ServedZone | None:
        answer = self._ask("GET", _path(name), missing=True)
        if answer.status == 404:
            return None
        data = answer.data()
        soa, records = "", []
        for rrset in data["rrsets"]:
            if rrset["type"] in MADE_BY_THE_SERVER:
                continue
            for each in rrset["records"]:
                if each["disabled"]:
                    continue
                if rrset["type"] == "SOA":
                    soa = each["content"]
                    continue
                records.append(
                    DnsRecord(
                        _relative(rrset["name"], name), rrset["type"], rrset["ttl"], each["content"]
                    )
                )
        return ServedZone(name, soa, records, data["dnssec"])

    @understood
    def delete_zone(self, name: str) -> None:
        if self._is_there(name):
            self._ask("DELETE", _path(name), missing=True)

    @understood
    def ds_records(self, name: str) -> list[DsRecord]:
        keys = self._ask("GET", f"{_path(name)}/cryptokeys", missing=True)
        if keys.status == 404:
            return []
        return [
            _ds_record(text)
            for key in keys.data()
            if key["active"] and key["published"] and key["keytype"] in ("csk", "ksk")
            for text in key["ds"]
            if _ds_record(text).digest_type == SHA_256
        ]

    @understood
    def served_serial(self, name: str) -> int | None:
        import dns.rdatatype

        answer = self._ask_over_dns(name, "SOA")
        found = [each for each in answer.answer if each.rdtype == dns.rdatatype.SOA]
        return found[0][0].serial if found else None

    @understood
    def answers_keys(self, name: str, ds_records: Sequence[DsRecord]) -> bool:
        from commerce.dns.servers.keys import has_keys

        return has_keys(self._ask_over_dns(name, "DNSKEY"), name, ds_records)

    def _dns_address(self) -> tuple[str, int]:
        """Where it answers DNS: what is live there is live, whatever the API says."""
        from commerce.dns import delegation_lookup

        if given := self._settings["dns_address"]:
            return host_and_port(given)
        host = next(iter(get_setting("dns.nameservers")), "")
        address = delegation_lookup.address_of(host) if host else None
        if not address:
            raise ProviderSilentError(f"no address of the nameserver {host}")
        return address, delegation_lookup.PORT

    def _ask_over_dns(self, name: str, kind: str) -> "Message":
        import dns.exception
        import dns.message
        import dns.query

        host, port = self._dns_address()
        question = dns.message.make_query(f"{name}.", kind, use_edns=0, payload=1232)
        try:
            answer, _ = dns.query.udp_with_fallback(question, host, timeout=DNS_SECONDS, port=port)
        except (dns.exception.DNSException, EOFError) as error:  # it closed the line
            raise ProviderSilentError(f"no answer over DNS: {type(error).__name__}") from error
        return answer

    def _noting(self, path: str) -> AbstractContextManager[None]:
        """Have a call kept with its zone."""
        if self.note_calls is None:
            return nullcontext()
        zone = _ZONE.match(path)
        note = self.note_calls(unquote(zone[1]).rstrip(".") if zone else "")
        return noting_calls(note, lambda: [str(self._settings["api_key"])])

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        missing: bool = False,
    ) -> HttpAnswer:
        """One call. Raises ``OSError`` without an answer that counts, ``ZoneRefusedError`` for a no.

        ``missing``: that the zone is not there is an answer, if PowerDNS says it.
        """
        base = str(self._settings["api_url"]).rstrip("/")
        server_id = str(self._settings["server_id"])
        with self._noting(path):
            answer = send_request(
                method,
                f"{base}/api/v1/servers/{quote(server_id, safe='')}{path}",
                headers={
                    "X-API-Key": self._settings["api_key"],
                    "Content-Type": "application/json",
                },
                content=None if body is None else json.dumps(body),
                seconds=CALL_SECONDS,
            )
        if answer.status < 300:
            return answer
        if missing and answer.status == 404 and _says_not_found(answer):
            self._check_powerdns()
            return answer
        if answer.status in (400, 409, 422):
            raise ZoneRefusedError(_reason(answer))
        raise ProviderSilentError(f"{method} was answered with {answer.status}: {_reason(answer)}")

    def _check_powerdns(self) -> None:
        """Raises ``OSError`` unless PowerDNS answers at this path for this server ID: anything else may say that
        something is not found, and it would be made anew or taken for deleted.
        """
        if not self._is_powerdns:
            if self._ask("GET", "").data()["daemon_type"] != "authoritative":
                raise ProviderSilentError("what answers is no authoritative PowerDNS")
            self._is_powerdns = True


def _says_not_found(answer: HttpAnswer) -> bool:
    """Whether a 404 is worded as those of PowerDNS: its bare words, or an error in JSON. A proxy has a page."""
    if answer.body.strip() == b"Not Found":
        return True
    try:
        return isinstance(parse_json(answer.body)["error"], str)
    except (ValueError, LookupError, TypeError):
        return False


def _reason(answer: HttpAnswer) -> str:
    """What the server says of an error. Nothing else is repeated: at the address may be something else of the network
    within, which is nobody's to read here.
    """
    try:
        reason = parse_json(answer.body)["error"]
    except (ValueError, LookupError, TypeError):
        reason = None
    return clean_line(reason)[:500] if isinstance(reason, str) else "no reason is given"


def _check_ours(name: str, there: Mapping[str, Any]) -> None:
    if there["account"] != ACCOUNT:
        raise ZoneRefusedError(f"the zone {name} was made by others: its account isn't {ACCOUNT}")


def _path(name: str) -> str:
    return f"/zones/{quote(name, safe='')}."


def _relative(full: str, zone: str) -> str:
    name = full.lower().removesuffix(".")
    return APEX if name == zone else name.removesuffix(f".{zone}")


def _rrsets(zone: ServedZone) -> list[dict[str, Any]]:
    """All records as the API takes them, those of one name and type together, the SOA record among them."""
    from commerce.dns.record_types import absolute_name, zone_file_value

    sets: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    soa_record = DnsRecord(APEX, "SOA", 3_600, zone.soa)
    for record in [soa_record, *zone.records]:
        name = absolute_name(zone.name, record.name)
        rrset = sets[name, record.type]
        rrset |= {
            "name": name,
            "type": record.type,
            "ttl": record.ttl,
            "changetype": "REPLACE",
        }
        content = {"content": zone_file_value(record), "disabled": False}
        rrset["records"] = [*rrset.get("records", []), content]
    return list(sets.values())


def _ds_record(text: str) -> DsRecord:
    tag, algorithm, digest_type, digest = text.split(maxsplit=3)
    return DsRecord(
        key_tag=int(tag),
        algorithm=int(algorithm),
        digest_type=int(digest_type),
        digest=digest.replace(" ", "").upper(),
    )
