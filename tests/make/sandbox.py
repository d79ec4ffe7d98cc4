"""The registrar, the name server and the panels "Sandbox" for a test, as if this were a demo."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from commerce.dns.servers.registry import SERVER_CLASSES
from commerce.dns.servers.sandbox.adapter import SandboxDnsServer
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.registrars.sandbox.adapter import SandboxRegistrar
from commerce.hosting.modules import registry
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.adapter_fields import AdapterField, register_adapter_settings
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.make.people import AT


@contextmanager
def sandbox_registrar(folder: Path, *, as_default: bool = True) -> Iterator[None]:
    """It exists within the block, with its file in this folder; new names are registered there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "COMMERCE_DEMO", True)
        patch.setattr(settings, "COMMERCE_DATA_DIR", folder)
        patch.setitem(REGISTRAR_CLASSES, SandboxRegistrar.slug, SandboxRegistrar)
        _add_settings(patch, f"registrar.{SandboxRegistrar.slug}", SandboxRegistrar.fields)
        if as_default:
            ctx = Context(AT, SYSTEM)
            set_setting(key="domains.registrar", value=SandboxRegistrar.slug, ctx=ctx)
        yield


@contextmanager
def sandbox_name_server() -> Iterator[None]:
    """It exists within the block, beside the registrar, and answers for zones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SERVER_CLASSES, SandboxDnsServer.slug, SandboxDnsServer)
        _add_settings(patch, f"dns.{SandboxDnsServer.slug}", SandboxDnsServer.fields)
        ctx = Context(AT, SYSTEM)
        set_setting(key="dns.nameservers", value="ns1.example.net, ns2.example.net", ctx=ctx)
        set_setting(key="dns.server", value=SandboxDnsServer.slug, ctx=ctx)
        yield


@contextmanager
def sandbox_panels(folder: Path) -> Iterator[None]:
    """Their modules exist within the block, with their file in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "COMMERCE_DEMO", True)
        patch.setattr(settings, "COMMERCE_DATA_DIR", folder)
        for module in registry.SANDBOXES:
            patch.setitem(registry._MODULES, module.id, module)
        yield


def _add_settings(patch: pytest.MonkeyPatch, prefix: str, fields: Sequence[AdapterField]) -> None:
    for field in fields:
        patch.delitem(SETTING_DEFINITIONS, f"{prefix}.{field.name}", raising=False)
        patch.setitem(SETTING_DEFINITIONS, f"{prefix}.{field.name}", None)
    register_adapter_settings(prefix, fields)
