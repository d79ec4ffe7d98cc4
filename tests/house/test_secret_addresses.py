"""Secrets stay with the address that they were typed for: each field that decides it says so, and its change ends them.

The fields are found by what they do: an adapter is made with another value of each, and asked something.
"""

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from commerce.dns.servers.powerdns.adapter import PowerDnsServer
from commerce.dns.servers.registry import SERVER_CLASSES
from commerce.domains.registrars.contract import DomainName
from commerce.domains.registrars.epp.adapter import EppRegistrar
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.hosting.actions.servers import DIRECTS_SECRETS, change_server
from commerce.hosting.models import Server
from commerce.hosting.modules.connection import PanelConnection, PanelServer
from commerce.hosting.modules.registry import module_class, module_names
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import send_request
from commerce.payments.gateways.paypal.adapter import PayPalGateway
from commerce.payments.gateways.registry import GATEWAY_CLASSES
from commerce.site_settings.actions import (
    reset_setting,
    set_setting,
    set_settings,
    stored_secrets,
)
from commerce.site_settings.adapter_fields import AdapterField
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.make.people import AT
from tests.make.records import make_server, make_server_group

CTX = Context(AT, SYSTEM)

ADAPTERS: dict[str, Any] = {
    **{f"gateway.{slug}": adapter for slug, adapter in GATEWAY_CLASSES.items()},
    **{f"registrar.{slug}": adapter for slug, adapter in REGISTRAR_CLASSES.items()},
    **{f"dns.{slug}": adapter for slug, adapter in SERVER_CLASSES.items()},
    **{f"module.{name}": module_class(name) for name in module_names()},
}
WITH_SECRETS = sorted(
    key for key, adapter in ADAPTERS.items() if any(each.secret for each in adapter.fields)
)
SETTLED = sorted(key for key in WITH_SECRETS if not key.startswith("module."))

FIRST: dict[str, Any] = {
    "host": "one.example.com",
    "port": "700",
    "secret_key": "sk_test_x",
    "publishable_key": "pk_test_x",
}
"""Values of fields with which an adapter calls at all, where those of ``first_value`` will not do."""

OTHERS = (
    "other.example.net",
    "https://other.example.net",
    "http://other.example.net:9999/path",
    "//other.example.net",
    "@other.example.net",
    "4444",
    "value",
    "-----BEGIN CERTIFICATE-----\nother\n-----END CERTIFICATE-----",
    "",
)

type Destination = tuple[str, str, str]
"""A host, a port, and who is trusted there beside the usual authorities: others, or whoever answers."""


@pytest.fixture
def destinations(monkeypatch: pytest.MonkeyPatch) -> list[Destination]:
    """Where calls would go: nobody gets there."""
    seen: list[Destination] = []
    trusted = [""]

    def no_address(host: Any, port: Any, *_: Any, **__: Any) -> Any:
        seen.append((str(host), str(port), trusted[0]))
        trusted[0] = ""
        raise socket.gaierror("nobody goes there")

    def trust(_: ssl.SSLContext, *__: Any, cadata: Any = None, **___: Any) -> None:
        trusted[0] = str(cadata or "")

    def watch(name: str) -> None:
        """What a context no longer checks."""
        known: Any = getattr(ssl.SSLContext, name)

        def change(context: ssl.SSLContext, value: Any) -> None:
            known.__set__(context, value)
            if not value:
                trusted[0] = f"without {name}"

        monkeypatch.setattr(ssl.SSLContext, name, property(known.__get__, change))

    watch("verify_mode")
    watch("check_hostname")
    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", trust)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_, **__: None)
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda *_, **__: None)
    return seen


def first_value(field: AdapterField) -> Any:
    if field.kind == "switch":
        return bool(field.default)
    if field.kind == "url":
        return "https://one.example.com"
    if field.name in FIRST:
        return FIRST[field.name]
    return f"{field.prefixes[0]}x" if field.prefixes and field.required else (field.default or "")


def other_values(field: AdapterField) -> list[Any]:
    if field.kind == "switch":
        return [not field.default]
    return [*OTHERS, *(f"{prefix}other" for prefix in field.prefixes)]


def ask(key: str, adapter: Any, settings: Mapping[str, Any]) -> None:
    """Have it ask something, whatever comes of it."""
    if key.startswith("module."):
        there = PanelServer(
            id=1,
            name="one",
            hostname="one.example.com",
            port=8443,
            settings={name: str(value) for name, value in settings.items()},
        )
        made = adapter(PanelConnection(there))
        acts: list[Callable[[], Any]] = [made.test]
    else:
        made = adapter(settings)
        acts = [made.test]
        if key.startswith("registrar."):
            acts += [
                lambda: made.check_one("ours", "com"),
                lambda: made.info(DomainName("ours.com", "com")),
            ]
        if key.startswith("gateway."):
            acts += [lambda: made.fetch("x"), lambda: made.refund(None, 1, "x")]
    for act in acts:
        with suppress(Exception):
            act()


def deciding_fields(key: str, adapter: Any, seen: list[Destination]) -> set[str]:
    """The fields another value of which leads its calls to where none went before, however its switches are set."""
    first = {each.name: first_value(each) for each in adapter.fields}
    first |= {
        each.name: first[each.name] or f"{''.join(each.prefixes[:1])}secret"
        for each in adapter.fields
        if each.secret
    }
    found = set()
    switches = [
        {each.name: not first[each.name]} for each in adapter.fields if each.kind == "switch"
    ]
    for base in [first, *(first | switch for switch in switches)]:
        known = destinations_of(key, adapter, base, seen)
        assert known or base != first, f"{key} calls nobody: give FIRST what it needs"
        for each in adapter.fields:
            for value in () if each.secret else other_values(each):
                if destinations_of(key, adapter, base | {each.name: value}, seen) - known:
                    found.add(each.name)
    return found


def destinations_of(
    key: str, adapter: Any, settings: Mapping[str, Any], seen: list[Destination]
) -> set[Destination]:
    seen.clear()
    ask(key, adapter, settings)
    return set(seen)


@pytest.mark.parametrize("key", WITH_SECRETS)
def test_each_field_that_decides_where_secrets_are_sent_says_so(
    key: str, destinations: list[Destination]
) -> None:
    adapter = ADAPTERS[key]
    declared = {each.name for each in adapter.fields if each.directs_secrets}
    assert deciding_fields(key, adapter, destinations) == declared


@pytest.mark.parametrize(
    ("key", "adapter", "names"),
    [
        ("dns.powerdns", PowerDnsServer, {"api_url"}),
        ("registrar.epp", EppRegistrar, {"host", "port", "authority"}),
        ("gateway.paypal", PayPalGateway, {"sandbox"}),
    ],
)
def test_the_walk_finds_a_field_that_is_not_declared(
    key: str, adapter: Any, names: set[str], destinations: list[Destination]
) -> None:
    silent = [replace(each, directs_secrets=False) for each in adapter.fields]
    forgotten = type("Forgotten", (adapter,), {"fields": tuple(silent)})
    assert deciding_fields(key, forgotten, destinations) == names


class AskedAtAnyPort(PowerDnsServer):
    """It trusts whoever answers, and has an address of its own, if its switches say so."""

    fields = (
        *PowerDnsServer.fields,
        AdapterField("insecure", "Insecure", kind="switch"),
        AdapterField("other_api", "Other API", kind="switch"),
        AdapterField("other_host", "Host of the other API", default="api.example.com"),
    )

    def test(self) -> str:
        context = ssl.create_default_context()
        if self._settings["insecure"]:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        host = self._settings["other_host"] if self._settings["other_api"] else "one.example.com"
        send_request("GET", f"https://{host}/", certificates=context)
        return ""


def test_the_walk_finds_what_is_no_longer_checked_and_what_counts_with_a_switch_alone(
    destinations: list[Destination],
) -> None:
    found = deciding_fields("dns.powerdns", AskedAtAnyPort, destinations)
    assert found == {"insecure", "other_api", "other_host"}


def test_most_adapters_are_walked_over() -> None:
    assert len(WITH_SECRETS) >= 14
    assert all(
        each.directs_secrets
        for one in ADAPTERS.values()
        for each in one.fields
        if each.kind == "url"
    )


def directing(key: str) -> list[AdapterField]:
    return [each for each in ADAPTERS[key].fields if each.directs_secrets]


def secrets_of(key: str) -> list[str]:
    return [f"{key}.{each.name}" for each in ADAPTERS[key].fields if each.secret]


FIELDS = [(key, each) for key in SETTLED for each in directing(key)]
TYPED = {"url": "https://new.example.net", "text": "-----BEGIN CERTIFICATE-----\nnew"}


def typed_value(key: str, field: AdapterField) -> str:
    if field.kind == "switch":
        return "off" if get_setting(f"{key}.{field.name}") else "on"
    return TYPED.get(field.kind, "4444" if field.name == "port" else "new.example.net")


def keep_secrets(key: str) -> None:
    for each in ADAPTERS[key].fields:
        if each.secret:
            value = f"{''.join(each.prefixes[:1])}SECRET"
            set_setting(key=f"{key}.{each.name}", value=value, ctx=CTX)


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "field"), FIELDS)
class TestOneField:
    def test_alone_it_forgets_them(self, key: str, field: AdapterField) -> None:
        name = f"{key}.{field.name}"
        keep_secrets(key)
        set_setting(key=name, value=SETTING_DEFINITIONS[name].display(get_setting(name)), ctx=CTX)
        assert stored_secrets(name) == set(secrets_of(key))
        set_setting(key=name, value=typed_value(key, field), ctx=CTX)
        assert stored_secrets(name) == set()
        assert not any(get_setting(secret) for secret in secrets_of(key))
        keep_secrets(key)
        reset_setting(key=name, ctx=CTX)
        assert stored_secrets(name) == set()

    def test_in_a_form_it_wants_them_again(self, key: str, field: AdapterField) -> None:
        name, secrets = f"{key}.{field.name}", secrets_of(key)
        keep_secrets(key)
        before, value = get_setting(name), typed_value(key, field)
        for secret in secrets:
            typed = {other: "-----BEGIN NEW" for other in secrets if other != secret}
            with pytest.raises(BusinessError) as refused:
                set_settings(values={name: value, **typed, secret: " "}, ctx=CTX)
            assert (refused.value.code, refused.value.field) == (
                "setting.secret_needed_again",
                secret,
            )
        assert get_setting(name) == before
        assert stored_secrets(name) == set(secrets)
        set_settings(values={name: value, **dict.fromkeys(secrets, "-----BEGIN NEW")}, ctx=CTX)
        assert {get_setting(secret) for secret in secrets} == {"-----BEGIN NEW"}
        assert get_setting(name) != before

    def test_what_was_typed_again_may_be_the_same(self, key: str, field: AdapterField) -> None:
        name, secrets = f"{key}.{field.name}", secrets_of(key)
        keep_secrets(key)
        same = {secret: get_setting(secret) for secret in secrets}
        set_settings(values={name: typed_value(key, field), **same}, ctx=CTX)
        assert {secret: get_setting(secret) for secret in secrets} == same

    def test_without_secrets_it_changes_as_any_other(self, key: str, field: AdapterField) -> None:
        name = f"{key}.{field.name}"
        assert set_settings(values={name: typed_value(key, field)}, ctx=CTX) == [name]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "http://name:password@127.0.0.1:8081",
        "http://name@127.0.0.1:8081",
        "http://@127.0.0.1",
        "http://127.0.0.1:8555/latest/meta-data?",
        "http://127.0.0.1/#",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:x",
        "http://[::1",
        "http://",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
        "127.0.0.1:8081",
        "http://127.0.0.1\\@other.example",
        "http://127.0.0.1 /x",
    ],
)
def test_an_address_is_a_whole_one_and_bare(address: str) -> None:
    """A query would swallow the path of the call; name and password would stand where all can read them."""
    with pytest.raises(BusinessError, match="without a username"):
        set_setting(key="dns.powerdns.api_url", value=address, ctx=CTX)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "http://127.0.0.1:8081", "https://dns.example.com/pdns/"])
def test_an_address_that_is_one_is_taken(address: str) -> None:
    set_setting(key="dns.powerdns.api_url", value=address, ctx=CTX)
    assert get_setting("dns.powerdns.api_url") == address


CHANGES: dict[str, Any] = {
    "hostname": "other.example.net",
    "port": 4444,
    "fingerprint": "ab" * 32,
    "module": "plesk",
    "name": "Another name",
    "group": "another",
    "panel_url": "https://panel.example.net",
    "ipv4": "192.0.2.7",
    "ipv6": "2001:db8::7",
    "max_accounts": 7,
    "nameservers": ["ns1.example.net", "ns2.example.net"],
    "is_active": False,
}


@pytest.mark.django_db
@pytest.mark.parametrize("column", sorted(CHANGES))
def test_a_server_forgets_its_secrets_with_what_decides_where_they_are_sent(column: str) -> None:
    server = make_server(module="cpanel")
    make_server_group("another")
    change_server(server=server, settings={"username": "root", "api_token": "SECRET"}, ctx=CTX)
    change_server(server=server, is_active=column != "module", ctx=CTX)
    change_server(server=server, **{column: CHANGES[column]}, ctx=CTX)
    assert bool(server.secrets) == (column not in DIRECTS_SECRETS)
    if column in DIRECTS_SECRETS - {"module"}:
        assert not server.is_active
        change_server(server=server, settings={"api_token": "SECRET"}, ctx=CTX)
        again = {"hostname": "third.example.net", "port": 5555, "fingerprint": ""}[column]
        typed = {"api_token": "TYPED"}
        change_server(server=server, **{column: again}, settings=typed, ctx=CTX)
        assert server.secrets


def test_nothing_else_of_a_server_decides_where_its_module_calls() -> None:
    """What a module sees of a server: ``settings`` are its fields, which the walk above tries."""
    seen = set(PanelServer.__dataclass_fields__)
    assert seen == {"id", "name", "hostname", "port", "settings", "secrets", "fingerprint"}
    columns = {field.name for field in Server._meta.get_fields()}
    assert columns >= DIRECTS_SECRETS
