"""Names of the background work of payments."""

LOOK = "attempt.look"
FOLLOW = "attempt.follow"
SHORTAGE = "payment.shortage"
