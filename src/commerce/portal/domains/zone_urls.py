"""DNS zones of a client."""

from django.urls import path

from commerce.portal.domains import zone_changes, zones

_ZONE = "client/zones/<int:pk>"

urlpatterns = [
    path("client/zones", zones.zones, name="zones"),
    path(_ZONE, zones.zone, name="zone"),
    path(f"{_ZONE}/export", zones.zone_export, name="zone_export"),
    path(f"{_ZONE}/import", zone_changes.zone_import, name="zone_import"),
    path(f"{_ZONE}/restore", zone_changes.zone_restore, name="zone_restore"),
    path(f"{_ZONE}/reset", zone_changes.zone_reset, name="zone_reset"),
    path(f"{_ZONE}/sign", zone_changes.zone_sign, name="zone_sign"),
    path(f"{_ZONE}/unsign", zone_changes.zone_unsign, name="zone_unsign"),
    path(f"{_ZONE}/check", zone_changes.zone_check, name="zone_check"),
]
