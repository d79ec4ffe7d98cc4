"""The e-invoice inside of the PDF: UN/CEFACT Cross Industry Invoice, profile EN 16931 of Factur-X and ZUGFeRD."""

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

_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}


def cii_xml(facts: DocumentContent, account: BankAccount | None) -> bytes:
    """The document as CII XML."""
    root = XmlBuilder(etree.Element(f"{{{_SPACES['rsm']}}}CrossIndustryInvoice", nsmap=_SPACES))
    context = root.branch("rsm:ExchangedDocumentContext")
    guideline = context.branch("ram:GuidelineSpecifiedDocumentContextParameter")
    guideline.text("ram:ID", en.EN16931_SPECIFICATION)
    head = root.branch("rsm:ExchangedDocument")
    head.text("ram:ID", facts.number)
    head.text("ram:TypeCode", en.INVOICE_CODE if facts.is_invoice else en.CREDIT_NOTE_CODE)
    _day(head.branch("ram:IssueDateTime"), "udt", facts.issued_on)
    for note in en.note_texts(facts):
        head.branch("ram:IncludedNote").text("ram:Content", note)
    trade = root.branch("rsm:SupplyChainTradeTransaction")
    for n, line in enumerate(facts.lines, 1):
        _line(trade, n, line, facts.exponent)
    _parties(trade.branch("ram:ApplicableHeaderTradeAgreement"), facts)
    trade.branch("ram:ApplicableHeaderTradeDelivery")
    _settlement(trade.branch("ram:ApplicableHeaderTradeSettlement"), facts, account)
    return root.serialized()


def _day(at: XmlBuilder, prefix: str, day: str) -> None:
    at.text(f"{prefix}:DateTimeString", day.replace("-", ""), format="102")


def _line(trade: XmlBuilder, n: int, line: DocumentLine, exponent: int) -> None:
    price = en.line_price(line, exponent)
    item = trade.branch("ram:IncludedSupplyChainTradeLineItem")
    item.branch("ram:AssociatedDocumentLineDocument").text("ram:LineID", str(n))
    item.branch("ram:SpecifiedTradeProduct").text("ram:Name", line.description)
    net = item.branch("ram:SpecifiedLineTradeAgreement").branch("ram:NetPriceProductTradePrice")
    net.text("ram:ChargeAmount", price.amount)
    net.text("ram:BasisQuantity", price.base, unitCode=en.PIECE)
    delivery = item.branch("ram:SpecifiedLineTradeDelivery")
    delivery.text("ram:BilledQuantity", price.quantity, unitCode=en.PIECE)
    settlement = item.branch("ram:SpecifiedLineTradeSettlement")
    tax = settlement.branch("ram:ApplicableTradeTax")
    tax.text("ram:TypeCode", "VAT")
    tax.text("ram:CategoryCode", line.category)
    tax.text("ram:RateApplicablePercent", en.tax_percentage(line.category, line.rate_milli))
    total = settlement.branch("ram:SpecifiedTradeSettlementLineMonetarySummation")
    total.text("ram:LineTotalAmount", plain_amount(line.amount, exponent))


def _parties(agreement: XmlBuilder, facts: DocumentContent) -> None:
    seller = agreement.branch("ram:SellerTradeParty")
    seller.text("ram:ID", en.seller_identifier(facts))
    seller.text("ram:Name", facts.seller.legal_name)
    if facts.seller.registration_no:
        seller.branch("ram:SpecifiedLegalOrganization").text("ram:ID", facts.seller.registration_no)
    _contact(seller, facts.seller)
    _address(seller, facts.seller)
    vat, registration = en.seller_numbers(facts)
    for number, scheme in ((vat, "VA"), (registration, "FC")):
        if number:
            seller.branch("ram:SpecifiedTaxRegistration").text("ram:ID", number, schemeID=scheme)
    buyer = agreement.branch("ram:BuyerTradeParty")
    buyer.text("ram:Name", facts.buyer.legal_name)
    if facts.buyer.person:
        buyer.branch("ram:DefinedTradeContact").text("ram:PersonName", facts.buyer.person)
    _address(buyer, facts.buyer)
    if number := en.buyer_number(facts):
        buyer.branch("ram:SpecifiedTaxRegistration").text("ram:ID", number, schemeID="VA")


def _contact(at: XmlBuilder, party: DocumentParty) -> None:
    if not (party.phone or party.email):
        return
    contact = at.branch("ram:DefinedTradeContact")
    contact.text("ram:PersonName", party.person or party.legal_name)
    if party.phone:
        phone = contact.branch("ram:TelephoneUniversalCommunication")
        phone.text("ram:CompleteNumber", party.phone)
    if party.email:
        contact.branch("ram:EmailURIUniversalCommunication").text("ram:URIID", party.email)


def _address(at: XmlBuilder, party: DocumentParty) -> None:
    address = at.branch("ram:PostalTradeAddress")
    address.text("ram:PostcodeCode", party.postcode)
    address.text("ram:LineOne", party.address1)
    address.text("ram:LineTwo", party.address2)
    address.text("ram:CityName", party.city)
    address.text("ram:CountryID", party.country)
    address.text("ram:CountrySubDivisionName", party.state)


def _settlement(at: XmlBuilder, facts: DocumentContent, account: BankAccount | None) -> None:
    at.text("ram:PaymentReference", facts.reference)
    if facts.accounting:
        at.text("ram:TaxCurrencyCode", facts.accounting.currency)
    at.text("ram:InvoiceCurrencyCode", facts.currency)
    code, to = en.payment_means(facts, account)
    if to is not None:
        means = at.branch("ram:SpecifiedTradeSettlementPaymentMeans")
        means.text("ram:TypeCode", code)
        creditor = means.branch("ram:PayeePartyCreditorFinancialAccount")
        creditor.text("ram:IBANID", to.id if to.iban else "")
        creditor.text("ram:AccountName", to.account_name)
        creditor.text("ram:ProprietaryID", "" if to.iban else to.id)
        if to.bic:
            bank = means.branch("ram:PayeeSpecifiedCreditorFinancialInstitution")
            bank.text("ram:BICID", "".join(to.bic.split()))
    for group in facts.groups:
        _tax(at, group, facts.exponent)
    terms = at.branch("ram:SpecifiedTradePaymentTerms")
    terms.text("ram:Description", en.payment_terms(facts))
    if facts.due_on:
        _day(terms.branch("ram:DueDateDateTime"), "udt", facts.due_on)
    _sums(at.branch("ram:SpecifiedTradeSettlementHeaderMonetarySummation"), facts)
    if facts.about_number:
        about = at.branch("ram:InvoiceReferencedDocument")
        about.text("ram:IssuerAssignedID", facts.about_number)
        _day(about.branch("ram:FormattedIssueDateTime"), "qdt", facts.about_day)


def _tax(at: XmlBuilder, group: DocumentTaxGroup, exponent: int) -> None:
    code, text = en.exemption_reason(group)
    tax = at.branch("ram:ApplicableTradeTax")
    tax.text("ram:CalculatedAmount", plain_amount(group.tax, exponent))
    tax.text("ram:TypeCode", "VAT")
    tax.text("ram:ExemptionReason", text)
    tax.text("ram:BasisAmount", plain_amount(group.net, exponent))
    tax.text("ram:CategoryCode", group.category)
    tax.text("ram:ExemptionReasonCode", code)
    tax.text("ram:RateApplicablePercent", en.tax_percentage(group.category, group.rate_milli))


def _sums(at: XmlBuilder, facts: DocumentContent) -> None:
    at.text("ram:LineTotalAmount", plain_amount(facts.subtotal, facts.exponent))
    at.text("ram:TaxBasisTotalAmount", plain_amount(facts.subtotal, facts.exponent))
    at.text(
        "ram:TaxTotalAmount", plain_amount(facts.tax, facts.exponent), currencyID=facts.currency
    )
    if facts.accounting:
        tax = plain_amount(facts.accounting.tax, facts.accounting.exponent)
        at.text("ram:TaxTotalAmount", tax, currencyID=facts.accounting.currency)
    at.text("ram:GrandTotalAmount", plain_amount(facts.total, facts.exponent))
    if facts.credit:
        at.text("ram:TotalPrepaidAmount", plain_amount(facts.credit, facts.exponent))
    at.text("ram:DuePayableAmount", plain_amount(facts.due, facts.exponent))
