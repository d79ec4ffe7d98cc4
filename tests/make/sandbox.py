"""The registrar "Sandbox" for a test, as if this were a demo."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.registrars.sandbox.adapter import SandboxRegistrar
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.adapter_fields import register_adapter_settings
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.make.people import AT


@contextmanager
def sandbox_registrar(folder: Path, *, as_default: bool = True) -> Iterator[None]:
    """It exists within the block, with its file in this folder; new names are registered there."""
    prefix = f"registrar.{SandboxRegistrar.slug}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "COMMERCE_DEMO", True)
        patch.setattr(settings, "COMMERCE_DATA_DIR", folder)
        patch.setitem(REGISTRAR_CLASSES, SandboxRegistrar.slug, SandboxRegistrar)
        for field in SandboxRegistrar.fields:
            patch.delitem(SETTING_DEFINITIONS, f"{prefix}.{field.name}", raising=False)
            patch.setitem(SETTING_DEFINITIONS, f"{prefix}.{field.name}", None)
        register_adapter_settings(prefix, SandboxRegistrar.fields)
        if as_default:
            ctx = Context(AT, SYSTEM)
            set_setting(key="domains.registrar", value=SandboxRegistrar.slug, ctx=ctx)
        yield
