"""From facts to files: the PDF, with the e-invoice in it where that passes every check, and the UBL file."""

import logging
from dataclasses import dataclass
from datetime import datetime

from commerce.billing.documents import checking, einvoice, embedding
from commerce.billing.documents.cii import cii
from commerce.billing.documents.facts import Facts
from commerce.billing.documents.look import Look
from commerce.billing.documents.pdf import pdf
from commerce.billing.documents.ubl import ubl
from commerce.billing.documents.words import words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """The files of one record. ``ubl`` is None, and ``problem`` says why, when there is no valid e-invoice."""

    pdf: bytes
    ubl: bytes | None
    problem: str


def made(facts: Facts, look: Look, *, at: datetime) -> Made:
    """All files of these facts; an e-invoice with a mistake leaves the plain PDF and its problem (billing.md 9)."""
    said = words(facts, locale=look.locale, account=look.account)
    paper = pdf(said, look.brand, at=at)
    if not einvoice.has_form(facts):
        return Made(paper, None, "")
    try:
        return Made(_with_cii(paper, facts, look, title=said["title"]), _valid_ubl(facts, look), "")
    except Exception as error:
        # Whatever is wrong with the e-invoice, the client gets the paper.
        log.warning("%s has no e-invoice: %s", facts.number, error, exc_info=not _expected(error))
        return Made(paper, None, str(error) or type(error).__name__)


class _Invalid(Exception):
    """An e-invoice that a check refused."""


def _expected(error: Exception) -> bool:
    return isinstance(error, _Invalid)


def _with_cii(paper: bytes, facts: Facts, look: Look, *, title: str) -> bytes:
    xml = cii(facts, look.account)
    _refuse("CII", checking.mistakes(xml, checking.CII))
    whole = embedding.with_einvoice(paper, xml, facts=facts, title=title, lang=look.locale)
    _refuse("PDF/A-3", embedding.shortcomings(whole, xml))
    return whole


def _valid_ubl(facts: Facts, look: Look) -> bytes:
    xml = ubl(facts, look.account)
    form = checking.UBL_INVOICE if facts.is_invoice else checking.UBL_CREDIT_NOTE
    _refuse("UBL", checking.mistakes(xml, form))
    return xml


def _refuse(what: str, mistakes: list[str]) -> None:
    if mistakes:
        raise _Invalid("\n".join(f"{what}: {mistake}" for mistake in mistakes))
