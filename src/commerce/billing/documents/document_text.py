"""Facts in words of one language: every text of the PDF, ready to be set. The template only places them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language_bidi, override, pgettext
from django.utils.translation import gettext as _

from commerce.accounts.labels import tax_number_label
from commerce.billing.documents.bank_account import (
    BankAccount,
    asks_for_payment,
    epc_payload,
    qr_code_runs,
)
from commerce.billing.documents.content import (
    DocumentContent,
    DocumentLine,
    DocumentParty,
)
from commerce.billing.tax.notices import tax_note_text
from commerce.billing.tax.rules import REVERSE_CHARGE
from commerce.presentation.addresses import town_lines
from commerce.presentation.countries import country_name
from commerce.presentation.formats import (
    as_typed,
    format_decimal,
    format_long_day,
    format_quantity,
    format_tax_rate,
    from_the_left,
)

type LabeledText = tuple[str, str]

_BLANK = "\N{NO-BREAK SPACE}"


def document_text(
    facts: DocumentContent, *, locale: str, account: BankAccount | None
) -> dict[str, Any]:
    """The texts of a document in this language, by their place on the page."""
    with override(locale):
        return {
            "lang": locale.partition("-")[0],
            "from_the_right": get_language_bidi(),
            "title": _("Invoice") if facts.is_invoice else _credit_note(facts.seller),
            "number": facts.number,
            "seller": party_text(facts.seller, seller_details(facts.seller)),
            "buyer": party_text(facts.buyer, buyer_details(facts.buyer)),
            "from_label": pgettext("parties", "From"),
            "buyer_label": _("Bill to") if facts.is_invoice else _("Credit to"),
            "meta": _meta(facts),
            "headline": _headline(facts),
            "columns": [
                _("Description"),
                _("Quantity"),
                _("Unit price"),
                _("Tax"),
                pgettext("before tax", "Amount"),
            ],
            "lines": [_line(facts, line) for line in facts.lines],
            "totals": _totals(facts),
            "remarks": _remarks(facts),
            "pay": _pay(facts, account),
            "texts": _texts(facts),
            "foot": _foot(facts),
            "page": _("Page {page} of {pages}"),
        }


def format_amount(amount: int, exponent: int, currency: str = "") -> str:
    """Minor units in the form of the language, with a true minus sign: ``1,234.50``, and the code if it is given."""
    value = abs(Decimal(amount).scaleb(-exponent))
    digits = format_decimal(value, exponent)
    text = f"{'−' if amount < 0 else ''}{digits}{_BLANK + currency if currency else ''}"
    return from_the_left(text)


def _rate(rate_milli: int) -> str:
    return from_the_left(format_tax_rate(rate_milli))


def format_day(day: str) -> str:
    """A day with the month's name, which no reader can take for another day."""
    return format_long_day(date.fromisoformat(day))


def party_text(party: DocumentParty, numbers: list[LabeledText]) -> dict[str, Any]:
    """A seller or buyer as the page sets it, with its numbers below."""
    town, country = _town(party), country_name(party.country)
    lines = [party.person, party.address1, party.address2, *town, country]
    return {
        "name": party.legal_name,
        "lines": [as_typed(line) for line in lines if line],
        "numbers": [pair for pair in numbers if pair[1]],
    }


def _town(party: DocumentParty) -> list[str]:
    where = {"city": party.city, "state": party.state, "postcode": party.postcode}
    return town_lines(party.country, **where)


def seller_details(party: DocumentParty) -> list[LabeledText]:
    """What identifies and reaches a seller."""
    return [
        _tax_number(party),
        (_("Registration number"), party.registration_no),
        (_("Email"), from_the_left(party.email)),
        (_("Website"), from_the_left(party.website)),
        *party.more,
    ]


def buyer_details(party: DocumentParty) -> list[LabeledText]:
    """What identifies a buyer."""
    return [_tax_number(party), *party.more]


def _tax_number(party: DocumentParty) -> LabeledText:
    return str(tax_number_label(party.tax_id, party.country)), party.tax_id


def _credit_note(seller: DocumentParty) -> str:
    """What the law of the seller's country calls it."""
    return pgettext("Spain", "Credit note") if seller.country == "ES" else _("Credit note")


def _credit_note_number(seller: DocumentParty) -> str:
    if seller.country == "ES":
        return pgettext("Spain", "Credit note number")
    return _("Credit note number")


def _meta(facts: DocumentContent) -> list[LabeledText]:
    if facts.is_invoice:
        rows = [
            (_("Invoice number"), facts.number),
            (pgettext("invoice", "Issue date"), format_day(facts.issued_on)),
            (_("Due date"), format_day(facts.due_on)),
            (_("Payment reference"), facts.reference),
        ]
    else:
        rows = [
            (_credit_note_number(facts.seller), facts.number),
            (pgettext("credit note", "Issue date"), format_day(facts.issued_on)),
            (_("For invoice"), facts.about_number),
            (_("Invoice date"), format_day(facts.about_day)),
        ]
    return [row for row in rows if row[1]]


def _headline(facts: DocumentContent) -> LabeledText:
    """The one sum that a reader looks for, and what is to do about it."""
    if not facts.is_invoice:
        return format_amount(facts.total, facts.exponent, facts.currency), pgettext(
            "amount", "Credited"
        )
    if facts.due:
        due = _("Due %(day)s") % {"day": format_day(facts.due_on)}
        return format_amount(facts.due, facts.exponent, facts.currency), due
    reason = _("Paid with credit balance") if facts.credit else _("Nothing due")
    return format_amount(facts.total, facts.exponent, facts.currency), reason


def _line(facts: DocumentContent, line: DocumentLine) -> list[str]:
    return [
        as_typed(line.description),
        format_quantity(line.quantity_milli),
        format_amount(line.unit_amount, facts.exponent),
        "–" if line.category == "O" else _rate(line.rate_milli),
        format_amount(line.amount, facts.exponent),
    ]


def _totals(facts: DocumentContent) -> list[tuple[str, str, str]]:
    """Rows under the lines, each as (label, sum, how it is set: plain or strong)."""

    def row(label: str, amount: int, look: str = "plain") -> tuple[str, str, str]:
        return label, format_amount(amount, facts.exponent, facts.currency), look

    rows = [row(_("Subtotal"), facts.subtotal)]
    taxed = [group for group in facts.groups if group.category != "O"]
    for group in taxed:
        values = {
            "name": group.name or _("Tax"),
            "rate": _rate(group.rate_milli),
            "net": format_amount(group.net, facts.exponent, facts.currency),
        }
        rows.append(row(_("%(name)s %(rate)s on %(net)s") % values, group.tax))
    if len(taxed) > 1:
        rows.append(row(_("Total tax"), facts.tax))
    if facts.is_invoice:
        rows.append(row(_("Total"), facts.total, "strong" if not facts.credit else "plain"))
        if facts.credit:
            rows.append(row(_("Credit applied"), -facts.credit))
        rows.append(row(_("Amount due"), facts.due, "due"))
    else:
        rows.append(row(_("Total credited"), facts.total, "due"))
    return rows


def _remarks(facts: DocumentContent) -> list[str]:
    """What the law wants said: why a rate is zero, and the tax in the currency of the books."""
    noted = [group.note for group in facts.groups if group.note and not group.rate_milli]
    if any(group.category == "AE" for group in facts.groups):
        noted.append(REVERSE_CHARGE.note)
    notes = [tax_note_text(note) for note in noted]
    books = facts.accounting
    if books is not None:
        text = _("Tax total in %(currency)s: %(tax)s") % {
            "currency": books.currency,
            "tax": format_amount(books.tax, books.exponent, books.currency),
        }
        if books.rate and books.day:
            says = {"to": books.currency, "rate": _plain_rate(books.rate), "from": facts.currency}
            rate = from_the_left(_("1 %(from)s = %(rate)s %(to)s") % says)
            text = f"{text} ({rate}, {format_day(books.day)})"
        notes.append(text)
    return list(dict.fromkeys(notes))


def _plain_rate(rate: str) -> str:
    """All decimals of a rate of exchange, in the form of the language."""
    value = Decimal(rate)
    return format_decimal(value, max(-int(value.as_tuple().exponent), 0))


def _pay(facts: DocumentContent, account: BankAccount | None) -> Mapping[str, Any] | None:
    if account is None or not asks_for_payment(facts):
        return None
    amount = format_amount(facts.due, facts.exponent, facts.currency)
    code = epc_payload(
        account=account, currency=facts.currency, amount=facts.due, reference=facts.reference
    )
    return transfer_text(account, amount=amount, reference=facts.reference, code=code)


def transfer_text(
    account: BankAccount, *, amount: str, reference: str, code: str
) -> Mapping[str, Any]:
    """How to pay by bank transfer, with the payload of an EPC ``code`` if there is one."""
    rows = [
        (_("Account holder"), account.account_name),
        (_("IBAN"), _grouped(account.iban)),
        (_("BIC"), account.bic),
        (_("Bank"), account.bank_name),
        (_("Account number"), account.account_number),
        (_("Routing number"), account.routing_number),
        (_("Amount"), amount),
        (_("Reference"), _grouped(reference)),
    ]
    return {
        "title": _("Pay by bank transfer"),
        "rows": [row for row in rows if row[1]],
        "instructions": account.instructions,
        "code": qr_code_runs(code),
        "code_label": _("Scan with your banking app"),
    }


def _grouped(text: str) -> str:
    text = "".join(text.split())
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _texts(facts: DocumentContent) -> list[LabeledText]:
    texts = [
        (_("Reason"), facts.reason),
        (_("Notes"), facts.notes),
        (pgettext("payment", "Terms"), facts.terms),
    ]
    return [(label, as_typed(text)) for label, text in texts if text]


def _foot(facts: DocumentContent) -> list[str]:
    return [facts.footer, footer_of(facts.seller)]


def footer_of(seller: DocumentParty) -> str:
    """The line at the foot of every page: who wrote this."""
    town = ", ".join(_town(seller))
    parts = [seller.legal_name, seller.address1, town, seller.tax_id, seller.phone]
    return " · ".join(part for part in parts if part)
