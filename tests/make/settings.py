"""What was set, as it is stored: for what a test begins with. The way there has tests of its own."""

from collections.abc import Mapping

from commerce.kit.request_cache import clear_request_cache
from commerce.payments.gateways import registry
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.encryption import encrypt_setting
from commerce.site_settings.models import SiteSetting


def store_settings(typed: Mapping[str, str]) -> None:
    """In one statement, without entries in the audit log, and nobody hears of it."""
    rows = []
    for key, text in typed.items():
        definition = SETTING_DEFINITIONS[key]
        value = definition.parse(text)
        rows.append(
            SiteSetting(key=key, value=encrypt_setting(value) if definition.secret else value)
        )
    SiteSetting.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["value"]
    )
    clear_request_cache()


def switch_on_gateway(slug: str, **fields: str) -> None:
    """Offered to clients from now on; its provider was asked whose account these are, as always."""
    of = f"gateway.{slug}"
    store_settings({f"{of}.{name}": text for name, text in fields.items()})
    registry.check_gateway(registry.get_gateway(slug))
    store_settings({f"{of}.enabled": "on"})
