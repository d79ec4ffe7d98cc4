"""Names of the background work of payments."""

POLL_ATTEMPT = "attempt.poll"
FOLLOW_ATTEMPT = "attempt.follow"
UNRECOVERED_AMOUNT = "payment.unrecovered"
FOLLOW_CARD_SETUP = "cardsetup.follow"
POLL_CARD_SETUP = "cardsetup.poll"
REMOVE_SAVED_CARD = "savedcard.remove"
CHARGE_SAVED_CARD = "attempt.charge"
