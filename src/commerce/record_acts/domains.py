"""What can be done with domains and their zones."""

from commerce.billing.changes.domain_edits import edit_domain_terms
from commerce.billing.periods.actions.domain_requests import (
    change_term,
    renew_domain_now,
    restore_domain,
    switch_auto_renew,
)
from commerce.dns.actions.checks import check_delegation_now
from commerce.dns.actions.records import reset_zone, restore_version
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.actions.zones import end_zone_for_staff, open_domain_zone, publish_zone_again
from commerce.dns.imports import import_zone_file
from commerce.domains.actions.changes import (
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
)
from commerce.domains.actions.codes import show_auth_code
from commerce.domains.actions.staff import override_domain_status, set_domain_notes
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.actions.verifications import resend_verification
from commerce.domains.handlers.syncing import bring_domain_back_now
from commerce.kit.acts.act import Acts
from commerce.orders.actions.undelivered import credit_undelivered_domain

DOMAIN_ACTS: Acts = (
    request_sync,
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
    show_auth_code,
    resend_verification,
    renew_domain_now,
    restore_domain,
    switch_auto_renew,
    change_term,
    edit_domain_terms,
    bring_domain_back_now,
    give_new_code,
    cancel_transfer,
    credit_undelivered_domain,
    open_domain_zone,
    set_domain_notes,
    override_domain_status,
)

ZONE_ACTS: Acts = (
    publish_zone_again,
    check_delegation_now,
    import_zone_file,
    restore_version,
    reset_zone,
    sign_zone,
    unsign_zone,
    end_zone_for_staff,
)
