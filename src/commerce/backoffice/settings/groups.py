"""The settings of the installation by what they are about; those of gateways and registrars have pages of their own."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.site_settings.definitions import SETTING_DEFINITIONS


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """The settings of one page, ``/admin/settings/<slug>``: those whose keys begin with one of ``prefixes``."""

    slug: str
    title: str | Promise
    prefixes: tuple[str, ...]

    def setting_keys(self) -> list[str]:
        """In the order in which they are defined, prefix by prefix."""
        return [
            key
            for prefix in self.prefixes
            for key in SETTING_DEFINITIONS
            if key.startswith(f"{prefix}.")
        ]


SETTING_GROUPS = {
    group.slug: group
    for group in (
        SettingGroup("company", _("Company"), ("company",)),
        SettingGroup("branding", _("Branding"), ("branding",)),
        SettingGroup("locale", _("Languages and time zone"), ("locale",)),
        SettingGroup("billing", _("Billing"), ("billing",)),
        SettingGroup("invoices", _("Documents"), ("invoices",)),
        SettingGroup("orders", _("Orders"), ("orders",)),
        SettingGroup(
            "changes", _("Plan changes and cancellations"), ("plan_changes", "cancellations")
        ),
        SettingGroup("consumers", _("Consumers"), ("consumer",)),
        SettingGroup("tax", _("Tax"), ("tax",)),
        SettingGroup("payments", _("Payments"), ("payments",)),
        SettingGroup("servers", _("Servers"), ("servers",)),
        SettingGroup("domains", _("Domains"), ("domains",)),
        SettingGroup("dns", _("DNS"), ("dns",)),
        SettingGroup("portal", _("Store and portal"), ("portal",)),
        SettingGroup("security", _("Security"), ("security",)),
        SettingGroup("mail", _("Email"), ("mail", "staff")),
        SettingGroup("retention", _("Data retention"), ("retention", "api")),
    )
}
"""Every setting is in one of these, but for ``gateway.…`` and ``registrar.…``: a test holds it."""


def matching_keys(query: str) -> Iterator[tuple[SettingGroup, str]]:
    """The settings whose key or explanation has all these words, in any case."""
    words = query.casefold().split()
    for group in SETTING_GROUPS.values():
        for key in group.setting_keys():
            text = f"{key} {SETTING_DEFINITIONS[key].description} {group.title}".casefold()
            if all(word in text for word in words):
                yield group, key
