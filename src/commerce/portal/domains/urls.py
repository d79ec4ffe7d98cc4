"""Domain names of a client."""

from django.urls import path

from commerce.portal.domains import (
    bulk,
    contacts,
    domain_page,
    domains,
    nameservers,
    switches,
    zone_changes,
    zones,
)

_ONE = "client/domains/<int:pk>"
_ZONE = "client/zones/<int:pk>"

urlpatterns = [
    path("client/domains", domains.domains, name="domains"),
    path("client/domains/bulk", bulk.domains_bulk, name="domains_bulk"),
    path("client/domains/nameservers", bulk.domains_nameservers, name="domains_nameservers"),
    path(_ONE, domain_page.domain, name="domain"),
    path(f"{_ONE}/lock", switches.domain_lock, name="domain_lock"),
    path(f"{_ONE}/privacy", switches.domain_privacy, name="domain_privacy"),
    path(f"{_ONE}/auto-renew", switches.domain_auto_renew, name="domain_auto_renew"),
    path(f"{_ONE}/nameservers", nameservers.domain_nameservers, name="domain_nameservers"),
    path(f"{_ONE}/contacts", contacts.domain_contacts, name="domain_contacts"),
    path(f"{_ONE}/dns", zones.domain_zone, name="domain_zone"),
    path("client/zones", zones.zones, name="zones"),
    path(_ZONE, zones.zone, name="zone"),
    path(f"{_ZONE}/export", zones.zone_export, name="zone_export"),
    path(f"{_ZONE}/import", zone_changes.zone_import, name="zone_import"),
    path(f"{_ZONE}/restore", zone_changes.zone_restore, name="zone_restore"),
    path(f"{_ZONE}/dnssec", zone_changes.zone_dnssec, name="zone_dnssec"),
    path(f"{_ZONE}/check", zone_changes.zone_check, name="zone_check"),
]
