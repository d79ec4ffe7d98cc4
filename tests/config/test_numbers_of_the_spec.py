"""Numbers of the specification that stand alone in the code, since other tests take them from there."""

from datetime import timedelta
from importlib import import_module

import pytest

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
WANTED = {
    # accounts.md 3 to 7
    "accounts.actions.invitations.LIFE": 7 * DAYS,
    "accounts.actions.invitations.MOST_OPEN": 20,
    "accounts.passwords.LONGEST": 1000,
    "accounts.sign_in_emails.LINK_MINUTES": 60,
    "accounts.billing_links.DAYS": 7,
    "accounts.actions.email_changes.STOP_SECONDS": 7 * 86_400,
    "accounts.actions.sessions.KNOWN_FOR": 90 * DAYS,
    "accounts.actions.factors.SECONDS": 30,
    "accounts.actions.factors.MOST_PASSKEYS": 20,
    "accounts.actions.tokens.MOST_LIVE": 50,
    "accounts.actions.tokens.MOST_NETWORKS": 50,
    "portal.lifetime.REMEMBERED": 30 * DAYS,
    "portal.lifetime.SEEN_EVERY": 60,
    "portal.confirm.STAYS_CONFIRMED": timedelta(minutes=10),
    "portal.signing_forms.FILLED_IN": 2,
    "portal.security_forms.DRAFT_SECONDS": 3600,
    "portal.profile.RECENT_ENTRIES": 20,
    # limits on strangers and on forms
    "portal.throttles.POSTS_A_MINUTE": 120,
    "portal.members.INVITED_A_DAY": 60,
    "portal.cart.PROMO_TRIES": 20,
    "kit.transport.MOST_BYTES": 1_000_000,
    "kit.pictures.MOST_BYTES": 2_000_000,
    "kit.pictures.MOST_PIXELS": 16_000_000,
    "orders.rules.MOST_ITEMS": 50,
    # portal.md, notifications.md
    "portal.notifications.SHOWN_FOR": 90 * DAYS,
    "portal.exports.MOST": 100_000,
    # what is tried again, and when
    "audit.again.TRIES": 4,
    "audit.again.ENOUGH_SECONDS": 5,
    "audit.outage.RETRY_AFTER": 10,
    "jobs.rules.BACK_OFF": (60, 300, 900),
    "jobs.rules.LOSSES": 5,
    "jobs.rules.CLOCKS_DIFFER": 60,
    "mail.rules.LOST_AFTER": 600,
    "payments.rules.LOOKS": (HOURS / 4, HOURS, 6 * HOURS),
    "billing.tax.actions.ASK_AGAIN": HOURS / 6,
    "billing.tax.vies.CONNECT_SECONDS": 5,
    "billing.tax.vies.TOTAL_SECONDS": 10,
    "domains.life.NOTICE_DAYS": (30, 14, 7, 1),
    "api.limits.WINDOW": 60,
}


@pytest.mark.parametrize("name", WANTED)
def test_a_number_is_as_the_specification_has_it(name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(import_module(f"commerce.{module}"), constant) == WANTED[name]
