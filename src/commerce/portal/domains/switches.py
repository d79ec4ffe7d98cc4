"""Acts on a domain's page: one press each, or a form of its own (domains.md 1 and 5)."""

from django.urls import reverse

from commerce.billing.periods.actions.domain_requests import change_term, switch_auto_renew
from commerce.dns.actions.zones import use_our_dns
from commerce.domains.actions.changes import request_transfer_lock, request_whois_privacy
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.actions.verifications import resend_verification
from commerce.domains.models import Domain
from commerce.portal.base.acts.views import form_view, press_view

_ROWS, _PAGE = Domain.objects.for_client, "portal:domain"

domain_lock = press_view(request_transfer_lock, _ROWS, _PAGE)
domain_privacy = press_view(request_whois_privacy, _ROWS, _PAGE)
domain_auto_renew = press_view(switch_auto_renew, _ROWS, _PAGE)
domain_term = press_view(change_term, _ROWS, _PAGE)
domain_verification = press_view(resend_verification, _ROWS, _PAGE)
domain_zone = press_view(
    use_our_dns, _ROWS, _PAGE, go_on=lambda made: reverse("portal:zone", args=[made[0].pk])
)
incoming_transfer = form_view(give_new_code, _ROWS, _PAGE, "portal/domains/transfer.html")
cancel_incoming_transfer = form_view(cancel_transfer, _ROWS, _PAGE, "portal/domains/transfer.html")
