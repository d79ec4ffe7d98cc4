"""The sentences of billing.md 8 "Plan change" as small examples by hand: what the model says of them."""

from datetime import date

from tests.model import plan_model as pm
from tests.model.by_hand import (
    BIG,
    JUL,
    JUN,
    NONE,
    TINY,
    VAT,
    YEAR,
    ask,
    blocked,
    ledger,
    ok,
    sums,
    world,
)
from tests.model.plan_model import ManualLine, OrderItem, PaidElsewhere, Price, Settings, Target


def test_offered_only() -> None:
    """Offered: active products of the same product group ... only for `active` services without `cancel_at` ..."""
    books = world()
    assert blocked(books, JUN[16]) is None
    assert blocked(books, JUN[16], Target("small", "monthly", Price(1))) == "the current pair"
    pm.set_state(books, "u1", "suspended")
    assert blocked(books, JUN[16]) == "not active"
    pm.set_state(books, "u1", "active")
    pm.run(books, JUN[24])  # next due 1 July less 7: the renewal is open
    assert blocked(books, JUN[24]) == "an open invoice"
    pm.pay(books, JUN[24], "p2", [2], 3_600)
    pm.dispute(books, "p1")
    assert blocked(books, JUN[24]) == "a disputed payment"
    pm.win_back(books, JUN[24], "p1")
    ask(books, JUN[24], BIG)
    assert blocked(books, JUN[24]) == "an open change"
    pm.plan_ending(books, JUN[24], "u1")
    assert blocked(books, JUN[24]) == "is to end"


def test_credit_ticked() -> None:
    """Credit is used only by who has both rights ... asked for is the difference less the credit that is ticked."""
    books = world()
    pm.staff_credit(books, JUN[16], "A", 1_000)
    # 15 of 30 days: back 1500 + 300, charge 3000 + 600: 1800; 1000 is ticked
    ask(books, JUN[16], BIG, credit=True)
    assert pm.asks(books, "r1") == 800
    pm.withdraw(books, "r1")
    ask(books, JUN[16], BIG, "r2")
    assert pm.asks(books, "r2") == 1_800


def test_credit_not_reserved() -> None:
    """It is not reserved: what is gone when the money comes is asked for."""
    books = world()
    pm.staff_credit(books, JUN[16], "A", 1_000)
    ask(books, JUN[16], BIG, credit=True)
    pm.payout(books, JUN[16], "A", 700)  # 300 is left
    pm.pay_request(books, JUN[16], "p2", "r1", 800)  # 800 + 300 < 1800: credit, 1100 there
    assert pm.show_request(books, "r1").asks == 700
    pm.pay_request(books, JUN[16], "p3", "r1", 700)
    assert pm.show_request(books, "r1").state == "applied"
    assert pm.balance(books, "A") == 0
    ok(books)


def test_cancellation_withdraws() -> None:
    """A cancellation of the service withdraws an open request."""
    books = world()
    ask(books, JUN[16], BIG)
    pm.end_service(books, JUN[16], "u1")
    assert books.requests["r1"].state == "withdrawn"


# Table


def test_same_cycle() -> None:
    """same cycle: Σ round(paid × days left ÷ all days); charge over every day ... to the next due date, which stays."""
    books = world()
    # day 11: 20 of 30 left: net 2000, tax 400; charge 4000 + 800; difference 2400
    assert sums(books, JUN[11], BIG) == (2_400, 4_800, 2_400)
    ask(books, JUN[11], BIG)
    pm.pay_request(books, JUN[11], "p2", "r1", 2_400)
    note, invoice, service = books.notes[0], pm.show_invoice(books, 2), pm.show_service(books, "u1")
    assert note.lines == (pm.NoteLine(1, "u1", 2_000, 400, "S", 20_000),)
    assert note.given_from == JUN[11]
    assert (invoice.kind, invoice.net, invoice.tax, invoice.status) == (
        "plan_change",
        4_000,
        800,
        "paid",
    )
    assert invoice.entries == (("credit", 2_400), ("payment", 2_400))
    assert (service.next_due, service.anchor, service.amount) == (JUL[1], JUN[1], 6_000)
    ok(books)


def test_paid_ahead() -> None:
    """for each period that is not over (the current one and those paid ahead)."""
    books = world()
    pm.bill_ahead(books, JUN[5], "u1")
    pm.pay(books, JUN[5], "p2", [2], 3_600)
    # day 21: June 10/30 of 3000 = 1000 + 200; July whole 3000 + 600; charge 2000 + 6000, tax 1600
    assert sums(books, JUN[21], BIG) == (4_800, 9_600, 4_800)
    ask(books, JUN[21], BIG)
    pm.pay_request(books, JUN[21], "p3", "r1", 4_800)
    assert [(note.invoice, note.total) for note in books.notes] == [(1, 1_200), (2, 3_600)]
    assert pm.show_service(books, "u1").next_due == date(2026, 8, 1)


def test_other_cycle() -> None:
    """other cycle: the full new amount; a new period starts today, anchor = today; periods ... are released."""
    books = world()
    pm.bill_ahead(books, JUN[5], "u1")
    pm.pay(books, JUN[5], "p2", [2], 3_600)
    # day 16: June 1500 + 300, July 3600; charge 30000 + 6000
    assert sums(books, JUN[16], YEAR) == (5_400, 36_000, 30_600)
    ask(books, JUN[16], YEAR)
    pm.pay_request(books, JUN[16], "p3", "r1", 30_600)
    service = pm.show_service(books, "u1")
    assert (service.anchor, service.next_due) == (JUN[16], date(2027, 6, 16))
    assert books.requests["r1"].released == [JUL[1]]


def test_days_billed_at_nothing() -> None:
    """Days that an invoice bills are its days, also where a code or a later note made them 0.00: charged in full."""
    books = world()
    pm.credit_note(
        books, JUN[2], 1, 3_600
    )  # all is credited: the invoice is refunded, its days are billed
    assert books.invoices[1].status == "refunded"
    assert sums(books, JUN[16], BIG) == (0, 3_600, 3_600)


def test_void_bills_nothing() -> None:
    """A void invoice bills nothing."""
    books = world()
    pm.bill_ahead(books, JUN[5], "u1")
    pm.void(books, JUN[5], 2, {"u1": "waive"})
    # July is given: 6000 - 3000; June is billed: 15/30 of 6000; with tax 3600 + 3600
    assert sums(books, JUN[16], BIG) == (1_800, 7_200, 5_400)


def test_given_days() -> None:
    """For days that no document bills nothing is given back, and the charge is what the new amount exceeds ..."""
    books = world()
    pm.adopt(books, "u2", "A", "small", "monthly", Price(3_000), JUL[1])
    # 15/30 of 3000 = 1500 + 300
    assert sums(books, JUN[16], BIG, "u2") == (0, 1_800, 1_800)
    assert sums(books, JUN[16], TINY, "u2") == (0, 0, 0)  # not below 0
    assert sums(books, JUN[16], YEAR, "u2") == (0, 36_000, 36_000)  # such days end


def test_paid_elsewhere() -> None:
    """Who imports or adopts may state what was paid elsewhere ...: that is given back as a credit row."""
    books = world()
    stated = PaidElsewhere(3_600, JUN[1], JUL[1])
    pm.adopt(books, "u2", "A", "small", "monthly", Price(3_000), JUL[1], elsewhere=stated)
    assert sums(books, JUN[16], BIG, "u2") == (1_800, 3_600, 1_800)
    ask(books, JUN[16], BIG, unit="u2")
    pm.pay_request(books, JUN[16], "p2", "r1", 1_800)
    assert ledger(books) == [("paid_elsewhere", 1_800), ("applied", -1_800)]
    assert books.notes == []
    ok(books)


def test_documents_of_each_case() -> None:
    """What is given back is a credit note on each invoice ... with that invoice's ... category and rate ..."""
    books = world()
    pm.set_tax(books, "A", NONE)
    # back 1500 + 300 at 20 %, charge 3000 at 0
    assert sums(books, JUN[16], BIG) == (1_800, 3_000, 1_200)


def test_nothing_issued_before() -> None:
    """nothing is issued before, so nothing has to be taken back when a change lapses."""
    books = world()
    ask(books, JUN[11], BIG)
    pm.run(books, JUN[24])  # last day 23 June: the day before the renewal
    assert books.requests["r1"].state == "lapsed"
    assert books.requests["r1"].last_day == JUN[23]
    assert books.notes == []
    assert [one.kind for one in books.invoices.values()] == ["order", "renewal"]


def test_no_document_over_nothing() -> None:
    """No document over 0.00."""
    books = world()
    assert ask(books, JUN[16], Target("free", "monthly", Price(0))) == "applied"
    assert len(books.invoices) == 1
    assert [note.total for note in books.notes] == [1_800]
    assert ledger(books) == [("credit_note", 1_800)]


def test_old_invoice_stays_paid() -> None:
    """Notes of plan changes leave the old invoice `paid`, even when they cover it."""
    books = world()
    ask(books, JUN[1], Target("free", "monthly", Price(0)))
    assert books.notes[0].total == 3_600
    assert books.invoices[1].status == "paid"


def test_units_of_a_line() -> None:
    """at issue each line says which units it is for and how much of it each has."""
    books = world(3, 1_001)
    # 3003 + tax 601 (600.6): gross 3604 = 1202, 1201, 1201; net 1001 each; tax 201, 200, 200
    rows = pm.show_invoice(books, 1).lines
    assert [(row.unit, row.net) for row in rows] == [("u1", 1_001), ("u2", 1_001), ("u3", 1_001)]
    assert [row.tax for row in rows] == [201, 200, 200]


def test_one_discount_line() -> None:
    """orders too: one line for three units, one discount line."""
    books = pm.Books(Settings())
    pm.add_client(books, "A", {"": VAT})
    pm.place_order(
        books,
        JUN[1],
        "A",
        [OrderItem(("a", "b"), "x", "monthly", 1_000, (200,), 300, 1_000, (80, 0))],
    )
    # item 2000, option 400, setup 600, group 10 % of 1200 twice, promo 80
    assert [line.net for line in books.invoices[1].lines] == [2_000, 400, 600, -240, -80]
    assert books.services["a"].price.amount == 1_080


def test_note_names_days() -> None:
    """A plan change's note names the days that it gives back ... and is never given back again."""
    books = world()
    ask(books, JUN[16], TINY)  # back 1800, charge 750 + 150: credit 900
    assert pm.balance(books, "A") == 900
    # day 21: only the change's invoice: 750 of 15 days, 10 left: 500 + 100; charge 10/30 of 6000 + 20 %
    assert sums(books, JUN[21], BIG) == (600, 2_400, 1_800)


def test_other_notes_lower_all_days() -> None:
    """Other notes lower all days of a line alike."""
    books = world()
    pm.credit_note(books, JUN[2], 1, 1_200)  # a third: 2000 + 400 are left
    assert sums(books, JUN[16], BIG)[0] == 1_200


def test_manual_with_days() -> None:
    """A manual line may name service and days; otherwise what staff billed by hand is "given"."""
    books = world()
    pm.adopt(books, "u2", "A", "small", "monthly", Price(3_000), JUL[1])
    pm.manual_invoice(books, JUN[1], "A", [ManualLine(2_000, VAT, "u2", JUN[11], JUL[1])])
    # open: days are billed, nothing is paid; 15/30 of 6000
    assert sums(books, JUN[16], BIG, "u2") == (0, 3_600, 3_600)
    pm.pay(books, JUN[2], "p2", [2], 1_200)  # half of 2400: 15/20 of 1000 = 750 + 150
    assert sums(books, JUN[16], BIG, "u2") == (900, 3_600, 2_700)


def test_days_stay_when_due_is_edited() -> None:
    """Days of a document stay its own when staff edit due date or cycle."""
    books = world()
    pm.set_next_due(books, "u1", JUL[11])
    # June 16 to July 1 is billed: 1800 back. Grid 11 June to 11 July (30 days): 15 × 6000 + 10 × 3000 ÷ 30 = 4000
    assert sums(books, JUN[16], BIG) == (1_800, 4_800, 3_000)


def test_tax_of_the_rest() -> None:
    """a note that takes the rest of a line takes the rest of its tax."""
    books = world(3, 1_001)
    ask(books, JUN[1], Target("free", "monthly", Price(0)))
    assert books.notes[0].lines == (pm.NoteLine(1, "u1", 1_001, 201, "S", 20_000),)


def test_notes_credit_pays_first() -> None:
    """The notes' credit pays the change's invoice first, whatever `billing.auto_apply_credit` says."""
    books = world()
    assert ask(books, JUN[16], TINY) == "applied"
    assert ledger(books) == [("credit_note", 1_800), ("applied", -900)]
    assert pm.show_invoice(books, 2).entries == (("credit", 900),)
    ok(books)


# Paying


def test_settled_on_the_invoice() -> None:
    """Only what is not needed, or comes when nothing can be carried out, is credit."""
    books = world()
    ask(books, JUN[16], BIG)
    pm.pay_request(books, JUN[16], "p2", "r1", 2_000)
    assert pm.show_payment(books, "p2").shares == ((2, 1_800),)
    assert ledger(books)[-1] == ("overpayment", 200)
    pm.pay_request(books, JUN[17], "p3", "r1", 1_800)  # twice (R35)
    assert ledger(books)[-1] == ("late_payment", 1_800)
    ok(books)


def test_less_than_due() -> None:
    """Less than due: credit at once (no tax on an advance), and the request asks for the rest."""
    books = world()
    ask(books, JUN[16], BIG)
    pm.pay_request(books, JUN[16], "p2", "r1", 1_000)
    assert ledger(books) == [("overpayment", 1_000)]
    assert pm.asks(books, "r1") == 800
    pm.pay_request(books, JUN[16], "p3", "r1", 800)
    assert pm.show_invoice(books, 2).entries == (("credit", 2_800), ("payment", 800))
    ok(books)


def test_after_the_last_day() -> None:
    """After it: `lapsed`; later money is credit."""
    books = world()
    ask(books, JUN[11], BIG)
    pm.pay_request(books, JUN[24], "p2", "r1", 2_400)
    assert books.requests["r1"].state == "lapsed"
    assert ledger(books) == [("late_payment", 2_400)]


def test_on_account() -> None:
    """On account: ... the invoice is open and due as any other, and money with the request's reference ... pays it."""
    books = world()
    ask(books, JUN[16], BIG)
    pm.on_account(books, JUN[16], "r1")
    assert (books.invoices[2].status, books.invoices[2].amount_due) == ("unpaid", 1_800)
    assert blocked(books, JUN[17], TINY) == "an open invoice"
    pm.pay_request(books, JUN[18], "p2", "r1", 1_800)
    assert books.invoices[2].status == "paid"
    ok(books)


# When it is computed
