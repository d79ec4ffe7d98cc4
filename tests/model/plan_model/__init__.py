"""An independent second model of plan changes and what belongs to them, from the specification only.

Every act is a function that changes ``Books``; one that is not possible raises ``Refused`` and has changed nothing.
Keys of clients, services, payments and requests are the driver's; invoices and notes are numbered from 1 in order of
issue. A period is ``[start, end)``, a rate thousandths of a percent, money whole minor units.

Where the text leaves a choice, this is how it was read, and where it can be read otherwise ("product": the text allows
both, and the product's way was taken):

1.  Given back is the net, rounded, with tax by the rate; of prices with tax the gross (``figures.take_exclusive``).
2.  It is spread over the unit's lines: net by the net that is left, tax by the tax (product; ``figures.note_lines``).
3.  A line's gross is split over its units, then its net; the tax is the difference (``documents.split_units``).
4.  A period's charge is rounded once (``figures.charge_amount``).
5.  An invoice paid in part gives back that part (``Invoice.paid_share``).
6.  An amount is noted over all units' parts of all lines at once, by what is left (product; ``notes.by_amount``).
7.  Money that was short is credit that counts for its request (``changes.usable``).
9.  A negative sum is spread with shares cut down as they are, not as its opposite (``Settings.symmetric_shares``).
10. A gross share of a note: its tax is rounded, net the rest (``notes.split_share``).
11. By line: discounts of the item go with it in proportion to the net that is left (product; ``notes.own_discount``).
12. A service that ends while on an open renewal with others: its lines are credited (``renewals.drop_renewals``).
13. What was paid elsewhere is with tax, given back by days, rounded once, and gone with the change
    (``figures.elsewhere_part``, ``Settings.stated_days_are_billed``).
14. Days that were given before a change charged more for them stay given (product; ``Settings.given_days_stay_given``);
    another cycle ends them, also one that staff set (``clients.set_cycle``).
15. The last day is fixed when asked; a free service has no renewal; never before today (``changes.last_day_of``).
16. Asked for is the difference that was confirmed, or that of the day on which money was short, also where less would
    do (product; ``changes.asks``).
17. Not ticked: no credit but the change's own and the request's short money, on account too (``changes.may_use``).
18. The change's own credit pays first, then the money, then other credit (``Settings.money_before_credit``).
19. Refunded to credit, then taken: from credit, then from where that went, as other money that had become credit.
20. Won: what is still due is settled again, the rest is one row of credit (``reversals.win_back``).
21. Cycle set by staff: the anchor is the next due date unless given (``clients.set_cycle``).
22. A note of a change is at most what the invoice holds (``figures.cap``).
23. A service is resumed when no invoice is left that suspends it, past its grace, also by a void (``books.resume``).
24. What a note sets free of an invoice is applied credit before money (product; ``Invoice.credit_kept``).
25. A chargeback opens first what is still on the invoice, whoever else paid it (``reversals.reopen_shares``).
26. Money while staff decide is ``late_payment`` and counts for the request (product; ``changes.keep_as_credit``).
27. A ``cancelled`` invoice is void, also one that notes covered unpaid (``figures.documents_of``).
28. Another cycle releases all paid and waived periods that end after today (``changes.switch``).
29. A renewal that is issued ends the request, even when credit pays it at once (``renewals.lapse_by_renewal``).
30. A move withdraws the request; what was stated as paid elsewhere counts while the service is that client's
    (product; ``figures.stated_elsewhere``).
31. A merge takes invoices, services and credit over (``clients.merge``).
32. A note follows the form, with or without tax, of its invoice (``Invoice.inclusive``).
33. Money for an applied request pays the change's invoice while that is open (``changes.pay_applied``).
34. With the short money in credit a request is carried out by money, not by time (``changes.pay_request``).
35. A legacy document's tax is given back in the proportion of its own (``figures.rate_of``).
36. A rate is confirmed as category and rate; the home rate that an inclusive price holds for a buyer at 0 is that of
    the day (product; ``changes.tax_of_request``).
37. A refund is at most what is left of the payment and what the invoice holds, whoever paid that (product;
    ``money.refund``).
38. A disputed payment is one that came for the invoice, also where all of it became credit (product;
    ``figures.payers``).
39. What was answered about a VAT number when a request was confirmed counts until it ends, so that a client is taxed
    otherwise only when the buyer, a rate or the law is another one (``changes.still_stands``).
40. Each lost payment holds its invoice for the days of grace, also one that is open (``books.settle_reversal``).
"""

from .books import Books, balance
from .changes import (
    approve,
    ask_change,
    asks,
    offer,
    on_account,
    pay_request,
    reject,
    withdraw,
)
from .clients import (
    add_client,
    adopt,
    merge,
    move,
    set_cycle,
    set_next_due,
    set_price,
    set_product,
    set_state,
    set_tax,
    state_elsewhere,
)
from .consumers import (
    Terms,
    day_of_end,
    days_billed,
    money_of,
    plan_end_of_contract,
    settle_end,
    withdraw_contract,
    withdraw_name,
)
from .figures import figures
from .inputs import (
    OPEN,
    LegacyLine,
    ManualLine,
    OrderItem,
    PaidElsewhere,
    Price,
    Refused,
    Settings,
    Target,
    Tax,
)
from .money import (
    apply_credit,
    left_of,
    pay,
    pay_back,
    payout,
    refund,
    refund_failed,
    refund_top_up,
    staff_credit,
    top_up,
)
from .notes import credit_note, void
from .orders import activate, cancel_order, legacy_invoice, manual_invoice, place_order
from .pictures import (
    problems,
    show_client,
    show_invoice,
    show_payment,
    show_request,
    show_service,
    snapshot,
)
from .records import Note, NoteLine
from .renewals import bill_ahead, end_service, plan_ending, run
from .reversals import can_be_taken, charge_back, dispute, win_back
from .views import Figures

__all__ = [
    "OPEN",
    "Books",
    "Figures",
    "LegacyLine",
    "ManualLine",
    "Note",
    "NoteLine",
    "OrderItem",
    "PaidElsewhere",
    "Price",
    "Refused",
    "Settings",
    "Target",
    "Tax",
    "Terms",
    "activate",
    "add_client",
    "adopt",
    "apply_credit",
    "approve",
    "ask_change",
    "asks",
    "balance",
    "bill_ahead",
    "can_be_taken",
    "cancel_order",
    "charge_back",
    "credit_note",
    "day_of_end",
    "days_billed",
    "dispute",
    "end_service",
    "figures",
    "left_of",
    "legacy_invoice",
    "manual_invoice",
    "merge",
    "money_of",
    "move",
    "offer",
    "on_account",
    "pay",
    "pay_back",
    "pay_request",
    "payout",
    "place_order",
    "plan_end_of_contract",
    "plan_ending",
    "problems",
    "refund",
    "refund_failed",
    "refund_top_up",
    "reject",
    "run",
    "set_cycle",
    "set_next_due",
    "set_price",
    "set_product",
    "set_state",
    "set_tax",
    "settle_end",
    "show_client",
    "show_invoice",
    "show_payment",
    "show_request",
    "show_service",
    "snapshot",
    "staff_credit",
    "state_elsewhere",
    "top_up",
    "void",
    "win_back",
    "withdraw",
    "withdraw_contract",
    "withdraw_name",
]
