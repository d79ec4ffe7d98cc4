"""Names of the background work of payments."""

POLL_ATTEMPT = "attempt.poll"
FOLLOW_ATTEMPT = "attempt.follow"
UNRECOVERED_AMOUNT = "payment.unrecovered"
