"""From facts to files: the PDF, with the e-invoice in it where that passes every check, and the UBL file."""

import logging
from dataclasses import dataclass
from datetime import datetime

from commerce.billing.documents import einvoice, facturx, validation
from commerce.billing.documents.branding import DocumentStyle
from commerce.billing.documents.cii import cii_xml
from commerce.billing.documents.content import DocumentContent
from commerce.billing.documents.document_text import document_text
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.ubl import ubl_xml

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """The files of one record. ``ubl`` is None, and ``problem`` says why, when there is no valid e-invoice."""

    pdf: bytes
    ubl: bytes | None
    problem: str


def render_documents(
    content: DocumentContent, style: DocumentStyle, *, at: datetime
) -> DocumentFiles:
    """All files of these facts; an e-invoice with a mistake leaves the plain PDF and its problem (billing.md 9)."""
    text = document_text(content, locale=style.locale, account=style.account)
    paper = render_pdf(text, style.brand, at=at)
    if not einvoice.has_einvoice(content):
        return DocumentFiles(paper, None, "")
    try:
        return DocumentFiles(
            _with_cii(paper, content, style, title=text["title"]), _valid_ubl(content, style), ""
        )
    except Exception as error:
        # Whatever is wrong with the e-invoice, the client gets the paper.
        log.warning("%s has no e-invoice: %s", content.number, error, exc_info=not _expected(error))
        return DocumentFiles(paper, None, str(error) or type(error).__name__)


class _Invalid(Exception):
    """An e-invoice that a check refused."""


def _expected(error: Exception) -> bool:
    return isinstance(error, _Invalid)


def _with_cii(paper: bytes, facts: DocumentContent, look: DocumentStyle, *, title: str) -> bytes:
    xml = cii_xml(facts, look.account)
    _refuse("CII", validation.validate_einvoice(xml, validation.CII))
    whole = facturx.embed_einvoice(paper, xml, facts=facts, title=title, lang=look.locale)
    _refuse("PDF/A-3", facturx.pdfa_problems(whole, xml))
    return whole


def _valid_ubl(facts: DocumentContent, look: DocumentStyle) -> bytes:
    xml = ubl_xml(facts, look.account)
    form = validation.UBL_INVOICE if facts.is_invoice else validation.UBL_CREDIT_NOTE
    _refuse("UBL", validation.validate_einvoice(xml, form))
    return xml


def _refuse(what: str, mistakes: list[str]) -> None:
    if mistakes:
        raise _Invalid("\n".join(f"{what}: {mistake}" for mistake in mistakes))
