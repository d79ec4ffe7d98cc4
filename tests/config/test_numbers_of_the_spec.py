"""Numbers of the specification that stand alone in the code, since other tests take them from there."""

from datetime import timedelta
from importlib import import_module

import pytest

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
WANTED = {
    # accounts.md 3 to 7
    "accounts.actions.invitations.INVITATION_LIFETIME": 7 * DAYS,
    "accounts.actions.invitations.MAX_OPEN_INVITATIONS": 20,
    "accounts.passwords.MAX_PASSWORD_LENGTH": 1000,
    "accounts.sign_in_emails.LINK_MINUTES": 60,
    "accounts.billing_email_links.BILLING_LINK_DAYS": 7,
    "accounts.actions.email_changes.STOP_SECONDS": 7 * 86_400,
    "accounts.actions.sessions.DEVICE_KNOWN_FOR": 90 * DAYS,
    "accounts.actions.mfa.TOTP_STEP_SECONDS": 30,
    "accounts.actions.mfa.MAX_PASSKEYS": 20,
    "accounts.actions.tokens.MAX_LIVE_TOKENS": 50,
    "accounts.actions.tokens.MAX_TOKEN_NETWORKS": 50,
    "portal.base.middleware.session_limits.REMEMBERED_SESSION_LASTS": 30 * DAYS,
    "portal.base.middleware.session_limits.SEEN_NOTE_SECONDS": 60,
    "portal.base.password_confirmation.CONFIRMATION_LASTS": timedelta(minutes=10),
    "portal.account.sign_in.forms.MIN_FILL_SECONDS": 2,
    "portal.base.security.forms.TOTP_DRAFT_SECONDS": 3600,
    "portal.account.profile.RECENT_ENTRIES": 20,
    # limits on strangers and on forms
    "portal.base.middleware.throttling.MAX_POSTS_PER_MINUTE": 120,
    "portal.account.members.MAX_INVITATIONS_PER_DAY": 60,
    "portal.shop.cart.MAX_PROMO_TRIES": 20,
    "kit.proxy_headers.MAX_BODY_BYTES": 1_000_000,
    "kit.pictures.MAX_PICTURE_BYTES": 2_000_000,
    "kit.pictures.MAX_PICTURE_PIXELS": 16_000_000,
    "orders.rules.MAX_ORDER_ITEMS": 50,
    # portal.md, notifications.md
    "portal.account.notifications.LISTED_FOR": 90 * DAYS,
    "portal.billing.exports.MAX_INVOICES": 100_000,
    # what is tried again, and when
    "db.retry.MAX_TRIES": 4,
    "db.retry.MAX_WAIT_SECONDS": 5,
    "db.outages.RETRY_AFTER_SECONDS": 10,
    "jobs.rules.RETRY_SECONDS": (60, 300, 900),
    "jobs.rules.MAX_LOST_RUNS": 5,
    "jobs.rules.CLOCK_SKEW_SECONDS": 60,
    "mail.rules.LOST_AFTER_SECONDS": 600,
    "payments.rules.POLL_AFTER": (HOURS / 4, HOURS, 6 * HOURS),
    "billing.tax.actions.VAT_RETRY_AFTER": HOURS / 6,
    "kit.remote.http.CONNECT_SECONDS": 5,
    "billing.tax.vies.TOTAL_SECONDS": 10,
    "domains.lifecycle.EXPIRY_NOTICE_DAYS": (30, 14, 7, 1),
    "api.core.limits.CLIENT_RATE_SECONDS": 60,
}


@pytest.mark.parametrize("name", WANTED)
def test_a_number_is_as_the_specification_has_it(name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(import_module(f"commerce.{module}"), constant) == WANTED[name]
