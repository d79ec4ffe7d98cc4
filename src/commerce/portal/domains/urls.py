"""Domain names of a client."""

from django.urls import path

from commerce.portal.domains import (
    auth_code,
    bulk,
    contacts,
    domain_page,
    domains,
    nameservers,
    renewals,
    sandbox,
    switches,
)

_ONE = "client/domains/<int:pk>"

urlpatterns = [
    path("client/domains", domains.domains, name="domains"),
    path("client/domains/bulk", bulk.domains_bulk, name="domains_bulk"),
    path("client/domains/sandbox/<str:name>", sandbox.sandbox, name="sandbox"),
    path("client/domains/nameservers", bulk.domains_nameservers, name="domains_nameservers"),
    path(_ONE, domain_page.domain, name="domain"),
    path(f"{_ONE}/lock", switches.domain_lock, name="domain_lock"),
    path(f"{_ONE}/privacy", switches.domain_privacy, name="domain_privacy"),
    path(f"{_ONE}/auto-renew", switches.domain_auto_renew, name="domain_auto_renew"),
    path(f"{_ONE}/term", switches.domain_term, name="domain_term"),
    path(f"{_ONE}/nameservers", nameservers.domain_nameservers, name="domain_nameservers"),
    path(f"{_ONE}/contacts", contacts.domain_contacts, name="domain_contacts"),
    path(f"{_ONE}/authorization-code", auth_code.domain_auth_code, name="domain_auth_code"),
    path(f"{_ONE}/verification", switches.domain_verification, name="domain_verification"),
    path(f"{_ONE}/renew", renewals.domain_renew, name="domain_renew"),
    path(f"{_ONE}/restore", renewals.domain_restore, name="domain_restore"),
    path(f"{_ONE}/transfer", switches.incoming_transfer, name="incoming_transfer"),
    path(
        f"{_ONE}/transfer/cancel",
        switches.cancel_incoming_transfer,
        name="cancel_incoming_transfer",
    ),
    path(f"{_ONE}/dns", switches.domain_zone, name="domain_zone"),
]
