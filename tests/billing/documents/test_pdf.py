"""The paper: what it says, in every currency and script, and what hostile text cannot do (M4, X8, X9)."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from commerce.billing.documents.bank_account import BankAccount
from commerce.billing.documents.branding import DocumentBrand
from commerce.billing.documents.content import AccountingTax, DocumentContent, DocumentParty
from commerce.billing.documents.document_text import document_text
from commerce.billing.documents.facturx import embed_einvoice, pdfa_problems
from commerce.billing.documents.glyphs import displayable, has_glyph
from commerce.billing.documents.pdf import TEMPLATE, render_pdf, text_color_on
from commerce.billing.invoices.rules import DraftLine, LineTax
from tests.make.document_content import (
    BANK,
    BUYER,
    VAT,
    make_credit_note_content,
    make_document_content,
)

AT = datetime(2026, 4, 8, 14, 33, 10, tzinfo=UTC)
ZERO = LineTax("Z", 0, "VAT")


def paper(facts: DocumentContent, account: BankAccount | None = BANK, logo: str = "") -> bytes:
    said = document_text(facts, locale="en", account=account)
    return render_pdf(said, DocumentBrand(mark="A", logo=logo), at=AT)


def read(made: bytes) -> list[str]:
    """The text of each page, blanks as one."""
    pages = PdfReader(io.BytesIO(made)).pages
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in pages]


def test_it_says_all_that_an_invoice_must() -> None:
    (page,) = read(paper(make_document_content(credit=500)))
    for said in (
        *("INV-0305", "8 April 2026", "22 April 2026", "RF93 0000 0000 0305"),
        *("Acme Hosting GmbH", "DE123456789", "HRB 98765 B", "10178 Berlin", "Germany"),
        *("Smith & Söhne AG", "Jane Smith", "ATU12345675", "Austria"),
        *("Business Hosting L", "2.5", "3.33", "8.33", "−5.00", "19%"),
        *("Subtotal", "23.33 EUR", "VAT 19% on 23.33 EUR", "4.43 EUR", "27.76 EUR"),
        *("Credit applied", "−5.00 EUR", "Amount due", "22.76 EUR"),
        *("DE02 1203 0000 0000 2020 51", "BYLADEM1001", "Scan with your banking app"),
        *("Thank you.", "Payable within 14 days.", "Erika Mustermann", "Page 1 of 1"),
    ):
        assert said in page.replace("\N{NO-BREAK SPACE}", " "), said


def test_the_buyer_has_his_custom_fields_and_long_ones_have_room() -> None:
    more = (("Order number", "PO 4711"), ("Delivery", "Gate 7\nring twice\n" + "word " * 300))
    (page, *_) = read(paper(make_document_content(buyer=replace(BUYER, more=more))))
    assert "Order number PO 4711" in page
    assert "Delivery Gate 7 ring twice" in page
    assert page.count("word") == 300


def test_several_rates_have_a_total_of_their_tax() -> None:
    facts = make_document_content(VAT, LineTax("S", 7000, "VAT"))
    for told in (facts, make_credit_note_content(facts)):
        (page,) = read(paper(told))
        assert "Total tax 6.06 EUR" in page.replace("\N{NO-BREAK SPACE}", " ")
    (page,) = read(paper(make_document_content()))
    assert "Total tax" not in page


def test_a_credit_note_names_its_invoice_and_asks_for_nothing() -> None:
    (page,) = read(paper(make_credit_note_content(make_document_content())))
    for said in (
        "Credit note",
        "CN-0007",
        "For invoice",
        "INV-0305",
        "The server was down.",
        "Total credited",
    ):
        assert said in page
    assert "Pay by bank transfer" not in page


@pytest.mark.parametrize(
    ("currency", "exponent", "amount", "said"),
    [("JPY", 0, 500, "500 JPY"), ("EUR", 2, 500, "5.00 EUR"), ("KWD", 3, 5000, "5.000 KWD")],
)
def test_m4_amounts_have_the_decimals_of_their_currency(
    currency: str, exponent: int, amount: int, said: str
) -> None:
    lines = [DraftLine("Something", amount, ZERO)]
    (page,) = read(paper(make_document_content(lines=lines, currency=currency, exponent=exponent)))
    assert f"Amount due {said}" in page.replace("\N{NO-BREAK SPACE}", " ")


def test_only_euros_to_an_iban_have_a_code() -> None:
    plain = BankAccount("Acme", account_number="12345678", routing_number="021000021")
    for facts, account in (
        (make_document_content(currency="USD"), BANK),
        (make_document_content(), plain),
    ):
        (page,) = read(paper(facts, account))
        assert "Pay by bank transfer" in page
        assert "Scan with" not in page
    (page,) = read(paper(make_document_content(), None))
    assert "Pay by bank transfer" not in page


def test_a_long_invoice_repeats_the_head_of_its_table() -> None:
    lines = [DraftLine(f"Server node-{n:03}.smith.example, a month", 12345, VAT) for n in range(90)]
    pages = read(paper(make_document_content(lines=lines)))
    assert len(pages) >= 3
    for n, page in enumerate(pages[:-1], 1):
        assert "Description Quantity Unit price Tax Amount" in page
        assert f"Page {n} of {len(pages)}" in page
    assert "Invoice INV-0305" in pages[1]


def test_remarks_say_why_a_rate_is_zero_and_the_tax_of_the_books() -> None:
    facts = make_document_content(LineTax("AE", 0, "VAT", "Reverse charge"))
    assert "Reverse charge" in read(paper(facts))[0]
    facts = make_document_content(
        currency="USD", accounting=AccountingTax("EUR", 2, 407, "0.92", "2026-04-07")
    )
    assert "Tax total in EUR: 4.07" in read(paper(facts))[0]
    assert "1 USD = 0.92 EUR, 7 April 2026" in read(paper(facts))[0]


HOSTILE = [
    '#import "@preview/evil:1.0.0": *',
    '#read("/etc/passwd")',
    '#image("http://127.0.0.1/x.png")',
    "$ x^2 $ *bold* _it_ `raw` <label> @ref = Heading",
    "\\u{41} \\ // comment /* more */",
    "<script>alert(1)</script>",
    '"; panic("x") //',
    "{page} of {pages}",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_x9_hostile_text_is_only_text(text: str) -> None:
    party = DocumentParty(
        **dict.fromkeys(("name", "company", "address1", "city", "tax_id", "email"), text),
        more=((text, text),),
    )
    facts = make_document_content(
        lines=[DraftLine(text, 500, LineTax("S", 19000, text, text))],
        **dict.fromkeys(("number", "notes", "terms", "footer", "reference"), text),
        seller=party,
        buyer=party,
    )
    account = BankAccount(account_name=text, iban=text, bic=text, instructions=text)
    made = paper(facts, account)
    said = "".join("".join(page.split()) for page in read(made))
    assert said.count("".join(text.split())) >= 8
    assert b"/JavaScript" not in made
    assert b"/URI" not in made


@pytest.mark.parametrize(
    "name",
    [
        "株式会社山田商店",
        "محمد الأحمد",
        "דוד כהן",
        "Ελληνικά Кириллица",
        "한국어 회사",
        "Łódź Çağrı Đặng",
        "กรุงเทพมหานคร น้ำ",
        "हिन्दी क्षेत्र ज्ञान",
        "party 🎉 🚀 ✅",
    ],
)
def test_names_in_other_scripts_are_set(name: str) -> None:
    assert displayable(name) == name
    assert paper(make_document_content(buyer=DocumentParty(name=name, country="JP")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("party \U00013000", "party �"),
        ("a\u202eb\u200d\x00c", "abc"),
        ("tab\there", "tab here"),
        ("বাংলা", "�����"),
        ("👍🏽", "👍"),
        ("1️⃣", "1"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_no_font_has_is_replaced(text: str, said: str) -> None:
    assert displayable(text) == said
    assert paper(make_document_content(notes=text))


def test_clusters_over_two_fonts_do_not_stop_a_document() -> None:
    odd = "\u6f22\u0301\u05d0\u0301\u0627\u0301\uac00\u0308 \u0301"
    assert paper(make_document_content(notes=odd, buyer=DocumentParty(name=odd, country="JP")))


def test_every_character_that_counts_as_covered_has_a_glyph() -> None:
    """PDF/A refuses a document with a missing glyph, so the table beside the fonts must not promise too much."""
    letters = [
        chr(n) for n in range(0x20, 0x3000) if has_glyph(chr(n)) and displayable(chr(n)).strip()
    ]
    letters += [chr(n) for n in range(0x3000, 0xFFFF, 97) if has_glyph(chr(n))]
    assert len(letters) > 5000
    text = " ".join(letters)
    said = document_text(make_document_content(notes=text), locale="en", account=None)
    made = render_pdf(said, DocumentBrand(accent="#112233"), at=AT)
    assert made.startswith(b"%PDF-")


@pytest.mark.parametrize(("color", "ink"), [("#4f46e5", "#ffffff"), ("#ffe066", "#1c2024")])
def test_words_on_the_accent_can_be_read(color: str, ink: str) -> None:
    assert text_color_on(color) == ink


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATE.glob("*.typ")))
def test_x8_no_template_loads_anything_from_elsewhere(name: str) -> None:
    source = (TEMPLATE / name).read_text("utf-8").replace('#import "frame.typ": *', "", 1)
    source = source.replace("image(logo", "")  # given to the template, never fetched
    for word in ("#import", "#include", "@preview", "image(", "read(", "http", "eval("):
        assert word not in source


def test_the_same_facts_at_the_same_instant_give_the_same_file() -> None:
    assert paper(make_document_content()) == paper(make_document_content())


def test_each_description_of_the_file_says_what_it_is_about_and_names_its_own_namespaces() -> None:
    """Readers that are built on MuPDF look for the e-invoice by these two attributes of one element."""
    facts = make_document_content()
    made = embed_einvoice(paper(facts), b"<x/>", facts=facts, title="Invoice", lang="en")
    xmp = PdfReader(io.BytesIO(made)).root_object["/Metadata"].get_object().get_data().decode()
    found = re.findall(r"<rdf:Description ([^>]*)>(.*?)</rdf:Description>", xmp, re.DOTALL)
    assert len(found) == 6
    for told, inside in found:
        assert 'rdf:about=""' in told
        for prefix in set(re.findall(r"<(\w+):", inside)):
            assert f'xmlns:{prefix}="' in told
    [(told, inside)] = [one for one in found if "<fx:ConformanceLevel>" in one[1]]
    assert 'xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"' in told
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in inside


def test_after_embedding_it_is_still_what_pdf_a_asks() -> None:
    facts, xml = make_document_content(), b"<x/>"
    made = embed_einvoice(paper(facts), xml, facts=facts, title="Invoice", lang="en")
    assert pdfa_problems(made, xml) == []
    assert pdfa_problems(made, b"<y/>") == ["the attached e-invoice is another one"]
    lacking = pdfa_problems(paper(facts), xml)
    assert "the e-invoice is not attached as an alternative" in lacking
    assert "its metadata does not name the profile EN 16931" in lacking


def test_a_paper_in_arabic_runs_from_the_right_and_its_amounts_from_the_left() -> None:
    line = DraftLine("استضافة الأعمال", 2000, VAT)
    told = document_text(make_document_content(lines=[line]), locale="ar", account=BANK)
    assert told["from_the_right"]
    assert not document_text(make_document_content(), locale="de", account=BANK)["from_the_right"]
    assert told["headline"][0] == "\u206623.80\N{NO-BREAK SPACE}EUR\u2069"
    (page,) = read(render_pdf(told, DocumentBrand(mark="A"), at=AT))
    for said in ("INV-0305", "23.80 EUR", "DE02 1203 0000 0000 2020 51"):
        assert said in page.replace("\N{NO-BREAK SPACE}", " "), said
    assert "\N{REPLACEMENT CHARACTER}" not in page


@pytest.mark.parametrize(("locale", "rate"), [("en", "0.9205"), ("de", "0,9205")])
def test_a_rate_of_exchange_is_written_as_its_reader_writes_numbers(locale: str, rate: str) -> None:
    facts = make_document_content(
        currency="USD", accounting=AccountingTax("EUR", 2, 407, "0.9205", "2026-04-07")
    )
    [remark] = document_text(facts, locale=locale, account=None)["remarks"]
    assert f"1 USD = {rate} EUR" in remark
