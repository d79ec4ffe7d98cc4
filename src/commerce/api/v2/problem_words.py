"""What each code of version 2 means, for its page and for people who read a problem."""

from typing import NamedTuple


class ProblemWords(NamedTuple):
    """What a code means: its title, whether the same request may succeed later, and what to do."""

    title: str
    retryable: bool
    meaning: str
    remedy: str


PROBLEMS = {
    "request.https_required": ProblemWords(
        "HTTPS is required",
        False,
        "The request came over plain HTTP, so that its token may have been read on the way.",
        "Use the https address. Revoke the token if it was sent over a network that you do not trust.",
    ),
    "request.not_found": ProblemWords(
        "Not found",
        False,
        "There is no such path, or no such record of this client. A record of somebody else looks the same.",
        "Check the path and the id. Ids come from the list of the resource.",
    ),
    "request.method_not_allowed": ProblemWords(
        "Method not allowed",
        False,
        "The path exists and does not take this method.",
        "The Allow header names the methods that it takes.",
    ),
    "request.not_valid": ProblemWords(
        "The request is not valid",
        False,
        "A query parameter is unknown, given twice, or has a value that it cannot have.",
        "Each entry of errors names the parameter and says what is wrong with it. Nothing unknown is ignored, "
        "so that a typo never goes unnoticed.",
    ),
    "events.too_old": ProblemWords(
        "These events are not kept",
        False,
        "What follows the place that you named is kept no longer, or there never was such a place.",
        "Begin anew: take the position of a list, read the lists, and follow from there.",
    ),
    "request.body_not_valid": ProblemWords(
        "The body is not valid",
        False,
        "The body is JSON, and a member of it is unknown or has a value that it cannot have.",
        "Each entry of errors points to the member and says what is wrong with it. Nothing unknown is ignored.",
    ),
    "request.media_type": ProblemWords(
        "Unsupported media type",
        False,
        "The body is not said to be JSON in UTF-8, or to be compressed.",
        "Send Content-Type: application/json, and no Content-Encoding.",
    ),
    "request.too_large": ProblemWords(
        "The body is too large",
        False,
        "The body has more than 256 KiB.",
        "Send less; no request needs as much.",
    ),
    "precondition.missing": ProblemWords(
        "The version is missing",
        False,
        "The request replaces something whole, and does not say which state of it was meant.",
        "Read the object, and send its ETag as If-Match, so that nothing that came in between is lost.",
    ),
    "needs_confirmation": ProblemWords(
        "It needs a confirmation",
        False,
        "The act has a consequence that somebody should know before.",
        "Read the sentences of errors. If that is meant, send the same request with their codes: "
        '"confirm": ["…"].',
    ),
    "price.changed": ProblemWords(
        "The price has changed",
        False,
        "What the act costs now is not what was expected or quoted. Nothing was done.",
        "expected_total says what it costs now, and quote holds that for 15 minutes, but for what is paid alone. If it "
        "is right for you, send the request with one of them.",
    ),
    "dry_run.timeout": ProblemWords(
        "The dry run took too long",
        True,
        "A dry run holds what the act would hold, so it ends after 2 seconds. This one did not get that far, since "
        "others held the same rows, or there was too much to do. Nothing was changed.",
        "Try again after the seconds that Retry-After says. The act itself has no such limit.",
    ),
    "quote.expired": ProblemWords(
        "The quote has expired",
        False,
        "A quote can be ordered by for 15 minutes, and these are over.",
        "Ask for a new quote, and send the request with it and a new key.",
    ),
    "quote.ended": ProblemWords(
        "The quote has ended",
        False,
        "Something that was quoted is no longer on sale: a product, an option, a term, or the promo code.",
        "Read the products, ask for a new quote of what is on sale, and send the request with it.",
    ),
    "token.spending_limit": ProblemWords(
        "The spending limit of the token",
        False,
        "The act would commit the account to more than the token may: by one act, or in 30 days. A token that "
        "has no limit in a currency cannot buy anything in it.",
        "GET /token says what is left. The holder of the account sets limits in the portal, on the page of the token.",
    ),
    "precondition.failed": ProblemWords(
        "It has changed",
        False,
        "The object is no longer of the version that If-Match names: somebody changed it meanwhile.",
        "Read it again, decide anew, and send the change with the new ETag.",
    ),
    "domain_change.refused": ProblemWords(
        "The registrar refused",
        False,
        "The registrar refused the change. The domain is as it was.",
        "Look at the domain in the portal, which says more, or ask the company.",
    ),
    "domain_change.dropped": ProblemWords(
        "Given up",
        False,
        "The company's staff gave the change up. Whether it had reached the registrar before that is not known.",
        "Read the domain again, and ask the company before you do it elsewhere.",
    ),
    "domain_change.ended": ProblemWords(
        "The domain is not active",
        False,
        "The domain was no longer active when the change was to be made.",
        "Read the domain again: its status says what became of it.",
    ),
    "job.dropped": ProblemWords(
        "Given up",
        False,
        "The work at the panel was given up: the service ended before it was done, or the company's staff decided so. "
        "Whether it had reached the panel before that is not known.",
        "Read the service again: its status says what became of it. If it is active, ask the company.",
    ),
    "attempt.failed": ProblemWords(
        "The payment failed",
        False,
        "The payment method was not charged: its bank or the gateway refused, or what it was to pay is paid or ended. "
        "What the payment counted of the spending limit is given back.",
        "Read what was to be paid again. If it is still open, pay it by another payment method or from credit.",
    ),
    "attempt.needs_holder": ProblemWords(
        "The bank wants the holder",
        False,
        "Nothing was charged: the bank wants the holder of the card to confirm it, who is not there. What it counted "
        "of the spending limit is given back.",
        "Have the holder add the funds in the portal, under Credit balance, or charge another payment method.",
    ),
    "order.not_delivered": ProblemWords(
        "Nothing of the order came",
        False,
        "The order was canceled, or nothing of it could be delivered. What had been paid for it is given back.",
        "Nothing more will come of it: order again, if you still want it. `given_back` of the operation names what was "
        "given back.",
    ),
    "card_setup.failed": ProblemWords(
        "No payment method was saved",
        False,
        "The holder did not save a payment method in time, or the gateway refused it.",
        "Begin anew, and send the holder to the new address.",
    ),
    "idempotency.key_missing": ProblemWords(
        "The key is missing",
        False,
        "A POST that does something must have an Idempotency-Key, so that sending it again does not do it again.",
        "Send Idempotency-Key with a random UUID, and the same one with each retry of this request.",
    ),
    "idempotency.in_progress": ProblemWords(
        "Still running",
        True,
        "An earlier request with the same Idempotency-Key has not ended yet.",
        "Send the same request again after the second that Retry-After says: it gets the answer of the first.",
    ),
    "idempotency.key_reused": ProblemWords(
        "The key was used otherwise",
        False,
        "The Idempotency-Key came before with another body, or with other fields or include.",
        "Take a new key for each thing that you want done, and the same one only for its retries.",
    ),
    "idempotency.key_not_valid": ProblemWords(
        "The key is not valid",
        False,
        "The Idempotency-Key is empty, too long, or has other than printable ASCII characters.",
        "Send 1 to 255 such characters; a random UUID does.",
    ),
    "account.suspended": ProblemWords(
        "The account is suspended",
        False,
        "The company has suspended the client account: it can be read, and not be changed.",
        "Ask the company that runs the installation.",
    ),
    "document.not_ready": ProblemWords(
        "Being made",
        True,
        "The document is made right after its record is issued, and is not there yet.",
        "Try again after the seconds that Retry-After says.",
    ),
    "cursor.not_valid": ProblemWords(
        "The cursor is not valid",
        False,
        "The cursor was altered, is more than 7 days old, or belongs to another list, other parameters or "
        "another client.",
        "Begin again without a cursor, with the parameters that you want, and follow next_cursor with the same "
        "ones; only limit may change between pages.",
    ),
    "token.not_valid": ProblemWords(
        "The token is not valid",
        False,
        "The token is missing, malformed, unknown, expired or revoked.",
        "Send Authorization: Bearer and a live token, which a member makes in the portal under Profile → API tokens.",
    ),
    "token.address_not_allowed": ProblemWords(
        "Not valid from this address",
        False,
        "The token is limited to networks, and the request came from another.",
        "Call from one of its networks, or make a token that allows yours.",
    ),
    "token.scope_missing": ProblemWords(
        "The token lacks a scope",
        False,
        "What was asked for needs a scope that the token does not have, or that the member who made it no "
        "longer has the right for.",
        "detail names the scope. Make a token that has it.",
    ),
    "token.bound": ProblemWords(
        "The token is for some records only",
        False,
        "The token is for some services, domains or zones, and what was asked for is about more than those: another "
        "kind of record, what is included with them, or version 1 of the API.",
        "Ask for the records themselves, which GET /token names, or make a token for the whole account.",
    ),
    "account.closed": ProblemWords(
        "The account is closed",
        False,
        "The client account of this token was closed.",
        "Ask the company that runs the installation.",
    ),
    "rate_limit.exceeded": ProblemWords(
        "Too many requests",
        True,
        "The token's requests of this window are used up, or too many refused tokens came from this network.",
        "Wait for the seconds that Retry-After says. The RateLimit headers of each reply say what is left; a 304 "
        "costs nothing.",
    ),
    "server.error": ProblemWords(
        "The server failed",
        True,
        "Something broke that is not your doing. It is in the company's log under the id of the request.",
        "Try again a little later. If it stays, tell the company the X-Request-Id.",
    ),
    "server.unavailable": ProblemWords(
        "Unavailable",
        True,
        "The database cannot serve right now.",
        "Try again after the seconds that Retry-After says.",
    ),
}
"""Each code that requests of version 2 can meet; a code stays when its words change."""
