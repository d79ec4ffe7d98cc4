"""What is typed of a server, in the form that is stored. All of it raises ``BusinessError`` with its ``field``."""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from commerce.catalog.finding import check_server_group
from commerce.hosting.modules.registry import module_names
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_line
from commerce.site_settings import parsers

MAX_ACCOUNTS = 1_000_000


def _clean_name(value: str) -> str:
    name = clean_line(value)
    if not 1 <= len(name) <= 100:
        raise BusinessError("server.name_not_valid", field="name")
    return name


def _clean_hostname(value: str) -> str:
    if not value.strip():
        raise BusinessError("server.no_hostname", field="hostname")
    return _clean_host("hostname", value)


def _clean_host(field: str, value: str) -> str:
    try:
        return str(parsers.parse_hostname(value))
    except BusinessError as refused:
        refused.field = field
        raise


def _clean_group(value: str | None) -> str:
    return check_server_group(value) if value else ""


def _known_module(value: str) -> str:
    if value not in module_names():
        raise BusinessError(
            "server.module_unknown", name=value, known=", ".join(module_names()), field="module"
        )
    return value


def _panel_url(value: str) -> str:
    try:
        return str(parsers.parse_url(value)) if value.strip() else ""
    except BusinessError as refused:
        raise BusinessError("server.panel_url_not_valid", field="panel_url") from refused


def _address_reader(version: int) -> Callable[[str], str]:
    """An IP address of a version, or none, in its one form."""

    def read(value: str) -> str:
        try:
            found = ip_address(value.strip()) if value.strip() else None
        except ValueError:
            found = None
        if value.strip() and (found is None or found.version != version):
            raise BusinessError(
                "server.ip_address_not_valid", kind=f"IPv{version}", field=f"ipv{version}"
            )
        return str(found or "")

    return read


def _max_accounts(value: int) -> int:
    if not 0 <= value <= MAX_ACCOUNTS:
        raise BusinessError(
            "server.max_accounts_out_of_range", maximum=MAX_ACCOUNTS, field="max_accounts"
        )
    return value


def _checked_port(value: int) -> int:
    if not 0 <= value <= 65535:
        raise BusinessError("server.port_out_of_range", field="port")
    return value


def parse_fingerprint(value: str) -> str:
    """The 64 digits of a certificate's SHA-256, or none. Raises ``BusinessError``."""
    digits = re.sub(r"[\s:]", "", value).lower()
    if digits and not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise BusinessError("server.fingerprint_not_valid", field="fingerprint")
    return digits


_READ: Mapping[str, Callable[[Any], Any]] = {
    "name": _clean_name,
    "hostname": _clean_hostname,
    "group": _clean_group,
    "module": _known_module,
    "port": _checked_port,
    "fingerprint": parse_fingerprint,
    "panel_url": _panel_url,
    "ipv4": _address_reader(4),
    "ipv6": _address_reader(6),
    "max_accounts": _max_accounts,
    "is_active": bool,
}


def read_server_fields(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that typed values become."""
    fields = {name: _READ[name](value) for name, value in typed.items() if name != "nameservers"}
    if "nameservers" in typed:
        fields |= _nameserver_columns(typed["nameservers"])
    return fields


def _nameserver_columns(hosts: Sequence[str]) -> dict[str, str]:
    found = [_clean_host("nameservers", host) for host in hosts]
    if found and (not 2 <= len(found) <= 4 or len(set(found)) != len(found) or "" in found):
        raise BusinessError("server.nameservers_not_valid", field="nameservers")
    return {f"ns{n}": host for n, host in enumerate([*found, "", "", "", ""][:4], start=1)}
