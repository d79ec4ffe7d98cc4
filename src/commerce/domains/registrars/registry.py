"""The registrars of this installation: the only place that knows which there are."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings

from commerce.domains.models import Domain, Tld
from commerce.domains.registrars.contract import ContactLimits, DomainName, Registrar
from commerce.domains.registrars.epp.adapter import EppRegistrar
from commerce.domains.registrars.manual.adapter import ManualRegistrar
from commerce.domains.registrars.namecheap.adapter import NamecheapRegistrar
from commerce.domains.registrars.openprovider.adapter import OpenproviderRegistrar
from commerce.domains.registrars.opensrs.adapter import OpenSrsRegistrar
from commerce.domains.registrars.operations import ConnectedRegistrar
from commerce.domains.registrars.resellerclub.adapter import ResellerClubRegistrar
from commerce.domains.registrars.sandbox.adapter import SandboxRegistrar
from commerce.jobs.remote_calls import record_calls
from commerce.jobs.remotes import wake_remote
from commerce.jobs.words import RemoteWords
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.site_settings.adapter_fields import (
    adapter_settings,
    missing_fields,
    register_adapter_settings,
)
from commerce.site_settings.current import get_setting

_ADAPTERS: tuple[type[Registrar], ...] = (
    EppRegistrar,
    ManualRegistrar,
    NamecheapRegistrar,
    OpenproviderRegistrar,
    OpenSrsRegistrar,
    ResellerClubRegistrar,
)
REGISTRAR_CLASSES = {adapter.slug: adapter for adapter in _ADAPTERS}
"""Every adapter by its slug. A new one is a folder here and its settings, ``registrar.<slug>.…``."""
if settings.COMMERCE_DEMO:  # nothing that it does is real
    REGISTRAR_CLASSES[SandboxRegistrar.slug] = SandboxRegistrar

BY_HAND = ManualRegistrar.slug
"""The registrar without a connection: names are checked at the registry of each TLD."""


def registrar_names() -> list[str]:
    """The slugs of all registrars."""
    return sorted(REGISTRAR_CLASSES)


def describe_registrar(slug: str) -> RemoteWords | None:
    """What people call a registrar: its own name."""
    adapter = REGISTRAR_CLASSES.get(slug)
    page = f"registrars/{slug}"
    return RemoteWords(adapter.name, f"{page}/domains", page) if adapter else None


def unconnected_registrar_names() -> list[str]:
    """The slugs of those that nobody can ask."""
    return [slug for slug, one in REGISTRAR_CLASSES.items() if not one.capabilities.is_connected]


def get_registrar(slug: str) -> Registrar:
    """The registrar of a slug with its settings. Raises ``BusinessError`` for one that does not exist."""
    check_registrar_exists(slug)
    return registrar_with(
        slug, adapter_settings(f"registrar.{slug}", REGISTRAR_CLASSES[slug].fields)
    )


def registrar_with(slug: str, settings: Mapping[str, Any]) -> Registrar:
    """The registrar of a slug with these settings, whose calls are kept."""
    made = REGISTRAR_CLASSES[slug](settings)
    if isinstance(made, ConnectedRegistrar):
        made.note_calls = partial(record_calls, remote_name_of(slug))
    return made


def check_registrar_exists(name: str) -> None:
    """Raises ``BusinessError`` for the name of a registrar that there is not."""
    if name not in REGISTRAR_CLASSES:
        known = ", ".join(registrar_names())
        raise BusinessError("registrar.unknown", name=name, known=known, field="registrar")


def check_registrar_configured(slug: str) -> None:
    """Raises ``BusinessError`` for a registrar that does not exist, or lacks a setting that it needs."""
    check_registrar_exists(slug)
    adapter = REGISTRAR_CLASSES[slug]
    values = adapter_settings(f"registrar.{slug}", adapter.fields)
    if missing := missing_fields(adapter.fields, values):
        labels = ", ".join(str(each.label) for each in missing)
        raise BusinessError(
            "registrar.settings_missing", registrar=adapter.name, fields=labels, field="registrar"
        )


def registrar_problem(slug: str) -> str:
    """Why nothing can be registered at a registrar as it is configured; empty if nothing is missing."""
    try:
        check_registrar_configured(slug)
    except BusinessError as problem:
        return str(problem)
    return ""


def test_registrar(slug: str) -> Money | None:
    """Ask a registrar something harmless; our balance there, if it tells it. Raises ``BusinessError`` if that fails."""
    check_registrar_configured(slug)
    answer = get_registrar(slug).test()
    if not answer.ok:
        raise BusinessError("registrar.test_failed", registrar=slug, problem=answer.message)
    return Money(answer.data.amount, answer.data.currency_code) if answer.data else None


def registrar_name_of(domain: Domain) -> str:
    """Whom a domain is managed through: its own registrar, otherwise that of its TLD, otherwise the default one."""
    return domain.registrar or registrar_name_for_tld(domain.tld)


def wake_registrar(key: str, ctx: Context) -> None:
    """A setting of a registrar changed: what waits for it goes on with the new one."""
    wake_remote(remote=remote_name_of(key.split(".")[1]), at=ctx.at)


def contact_limits_of(slug: str) -> ContactLimits:
    """How much of a contact the registrar of a slug takes; one that this release does not have is asked by hand."""
    return REGISTRAR_CLASSES.get(slug, ManualRegistrar).contact_limits


def remote_name_of(slug: str) -> str:
    """What jobs call a registrar that they ask."""
    return f"registrar {slug}"


def registrar_name_for_tld(tld: str) -> str:
    """Whom new names under an ending are registered through."""
    row = Tld.objects.filter(tld=tld).first()
    return (row.registrar if row else "") or str(get_setting("domains.registrar"))


def registrar_of(domain: Domain) -> Registrar:
    """The registrar of that name; what one did that this release does not have is done by hand."""
    slug = registrar_name_of(domain)
    return get_registrar(slug if slug in REGISTRAR_CLASSES else ManualRegistrar.slug)


def domain_name_of(domain: Domain) -> DomainName:
    """The name as its registrar is asked about it."""
    return DomainName(domain.domain_name, domain.tld, domain.remote_id)


def register_all_registrar_settings() -> None:
    """Make the settings of all registrars known."""
    for adapter in REGISTRAR_CLASSES.values():
        register_adapter_settings(f"registrar.{adapter.slug}", adapter.fields)
