"""The same content as UBL 2.1, for those who take it in that form: an Invoice or a CreditNote."""

from lxml import etree

from commerce.billing.documents import einvoice as en
from commerce.billing.documents.bank_account import BankAccount
from commerce.billing.documents.content import (
    DocumentContent,
    DocumentLine,
    DocumentParty,
    DocumentTaxGroup,
    plain_amount,
)
from commerce.billing.documents.einvoice import XmlBuilder

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd:"
_SPACES: dict[str | None, str] = {
    "cac": f"{_OASIS}CommonAggregateComponents-2",
    "cbc": f"{_OASIS}CommonBasicComponents-2",
}


def ubl_xml(facts: DocumentContent, account: BankAccount | None) -> bytes:
    """The document as UBL XML."""
    name = "Invoice" if facts.is_invoice else "CreditNote"
    space = f"{_OASIS}{name}-2"
    root = XmlBuilder(etree.Element(f"{{{space}}}{name}", nsmap={**_SPACES, None: space}))
    _head(root, facts)
    if facts.about_number:
        about = root.branch("cac:BillingReference").branch("cac:InvoiceDocumentReference")
        about.text("cbc:ID", facts.about_number)
        about.text("cbc:IssueDate", facts.about_day)
    _seller(root.branch("cac:AccountingSupplierParty").branch("cac:Party"), facts)
    _buyer(root.branch("cac:AccountingCustomerParty").branch("cac:Party"), facts)
    _means(root, facts, account)
    if said := en.payment_terms(facts):
        root.branch("cac:PaymentTerms").text("cbc:Note", said)
    _taxes(root, facts)
    _sums(root.branch("cac:LegalMonetaryTotal"), facts)
    for n, line in enumerate(facts.lines, 1):
        _line(root, n, line, facts)
    return root.serialized()


def _head(root: XmlBuilder, facts: DocumentContent) -> None:
    root.text("cbc:CustomizationID", en.EN16931_SPECIFICATION)
    root.text("cbc:ID", facts.number)
    root.text("cbc:IssueDate", facts.issued_on)
    if facts.is_invoice:
        root.text("cbc:DueDate", facts.due_on)
        root.text("cbc:InvoiceTypeCode", en.INVOICE_CODE)
    else:
        root.text("cbc:CreditNoteTypeCode", en.CREDIT_NOTE_CODE)
    # UBL has one note for the document (UBL-SR-… of the standard's binding): all texts in it.
    root.text("cbc:Note", "\n".join(en.note_texts(facts)))
    root.text("cbc:DocumentCurrencyCode", facts.currency)
    if facts.accounting:
        root.text("cbc:TaxCurrencyCode", facts.accounting.currency)


def _seller(party: XmlBuilder, facts: DocumentContent) -> None:
    seller = facts.seller
    if identifier := en.seller_identifier(facts):
        party.branch("cac:PartyIdentification").text("cbc:ID", identifier)
    _address(party, seller)
    vat, registration = en.seller_numbers(facts)
    _tax_number(party, vat, "VAT")
    _tax_number(party, registration, "TAX")
    legal = party.branch("cac:PartyLegalEntity")
    legal.text("cbc:RegistrationName", seller.legal_name)
    legal.text("cbc:CompanyID", seller.registration_no)
    if seller.phone or seller.email:
        contact = party.branch("cac:Contact")
        contact.text("cbc:Name", seller.person or seller.legal_name)
        contact.text("cbc:Telephone", seller.phone)
        contact.text("cbc:ElectronicMail", seller.email)


def _buyer(party: XmlBuilder, facts: DocumentContent) -> None:
    _address(party, facts.buyer)
    _tax_number(party, en.buyer_number(facts), "VAT")
    party.branch("cac:PartyLegalEntity").text("cbc:RegistrationName", facts.buyer.legal_name)
    if facts.buyer.person:
        party.branch("cac:Contact").text("cbc:Name", facts.buyer.person)


def _address(at: XmlBuilder, party: DocumentParty) -> None:
    address = at.branch("cac:PostalAddress")
    address.text("cbc:StreetName", party.address1)
    address.text("cbc:AdditionalStreetName", party.address2)
    address.text("cbc:CityName", party.city)
    address.text("cbc:PostalZone", party.postcode)
    address.text("cbc:CountrySubentity", party.state)
    address.branch("cac:Country").text("cbc:IdentificationCode", party.country)


def _tax_number(party: XmlBuilder, number: str, scheme: str) -> None:
    if number:
        tax = party.branch("cac:PartyTaxScheme")
        tax.text("cbc:CompanyID", number)
        tax.branch("cac:TaxScheme").text("cbc:ID", scheme)


def _means(root: XmlBuilder, facts: DocumentContent, account: BankAccount | None) -> None:
    code, to = en.payment_means(facts, account)
    if to is None and not facts.reference:
        return
    means = root.branch("cac:PaymentMeans")
    means.text("cbc:PaymentMeansCode", code)
    means.text("cbc:PaymentID", facts.reference)
    if to is not None:
        payee = means.branch("cac:PayeeFinancialAccount")
        payee.text("cbc:ID", to.id)
        payee.text("cbc:Name", to.account_name)
        if to.bic:
            branch = payee.branch("cac:FinancialInstitutionBranch")
            branch.text("cbc:ID", "".join(to.bic.split()))


def _taxes(root: XmlBuilder, facts: DocumentContent) -> None:
    total = root.branch("cac:TaxTotal")
    total.text("cbc:TaxAmount", plain_amount(facts.tax, facts.exponent), currencyID=facts.currency)
    for group in facts.groups:
        _tax(total.branch("cac:TaxSubtotal"), group, facts)
    if facts.accounting:
        tax = plain_amount(facts.accounting.tax, facts.accounting.exponent)
        books = root.branch("cac:TaxTotal")
        books.text("cbc:TaxAmount", tax, currencyID=facts.accounting.currency)


def _tax(at: XmlBuilder, group: DocumentTaxGroup, facts: DocumentContent) -> None:
    code, text = en.exemption_reason(group)
    at.text("cbc:TaxableAmount", plain_amount(group.net, facts.exponent), currencyID=facts.currency)
    at.text("cbc:TaxAmount", plain_amount(group.tax, facts.exponent), currencyID=facts.currency)
    category = at.branch("cac:TaxCategory")
    category.text("cbc:ID", group.category)
    category.text("cbc:Percent", en.tax_percentage(group.category, group.rate_milli))
    category.text("cbc:TaxExemptionReasonCode", code)
    category.text("cbc:TaxExemptionReason", text)
    category.branch("cac:TaxScheme").text("cbc:ID", "VAT")


def _sums(at: XmlBuilder, facts: DocumentContent) -> None:
    sums = [
        ("LineExtensionAmount", facts.subtotal),
        ("TaxExclusiveAmount", facts.subtotal),
        ("TaxInclusiveAmount", facts.total),
        *([("PrepaidAmount", facts.credit)] if facts.credit else []),
        ("PayableAmount", facts.due),
    ]
    for name, amount in sums:
        at.text(f"cbc:{name}", plain_amount(amount, facts.exponent), currencyID=facts.currency)


def _line(root: XmlBuilder, n: int, line: DocumentLine, facts: DocumentContent) -> None:
    price = en.line_price(line, facts.exponent)
    kind = "Invoiced" if facts.is_invoice else "Credited"
    item = root.branch("cac:InvoiceLine" if facts.is_invoice else "cac:CreditNoteLine")
    item.text("cbc:ID", str(n))
    item.text(f"cbc:{kind}Quantity", price.quantity, unitCode=en.PIECE)
    item.text(
        "cbc:LineExtensionAmount",
        plain_amount(line.amount, facts.exponent),
        currencyID=facts.currency,
    )
    what = item.branch("cac:Item")
    what.text("cbc:Name", line.description)
    category = what.branch("cac:ClassifiedTaxCategory")
    category.text("cbc:ID", line.category)
    category.text("cbc:Percent", en.tax_percentage(line.category, line.rate_milli))
    category.branch("cac:TaxScheme").text("cbc:ID", "VAT")
    cost = item.branch("cac:Price")
    cost.text("cbc:PriceAmount", price.amount, currencyID=facts.currency)
    cost.text("cbc:BaseQuantity", price.base, unitCode=en.PIECE)
