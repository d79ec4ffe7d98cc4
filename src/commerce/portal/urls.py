"""All public and client pages (portal.md 2 and 3), part by part."""

from django.urls import include, path

from commerce.portal.account import urls as account
from commerce.portal.account.security import urls as security
from commerce.portal.account.sign_in import urls as sign_in
from commerce.portal.base import urls as base
from commerce.portal.base import well_known
from commerce.portal.billing import urls as billing
from commerce.portal.consumers import urls as consumers
from commerce.portal.domains import urls as domains
from commerce.portal.domains import zone_urls as zones
from commerce.portal.services import urls as services
from commerce.portal.shop import urls as shop

_PARTS = (base, account, security, shop, billing, services, domains, zones, consumers)

urlpatterns = [
    path("", include(([page for part in _PARTS for page in part.urlpatterns], "portal"))),
    *sign_in.urlpatterns,
    path(".well-known/change-password", well_known.change_password),
    path(".well-known/security.txt", well_known.security_txt),
]
