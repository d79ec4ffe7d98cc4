"""The files that a document is made as (billing.md 10)."""

from enum import StrEnum


class DocumentFormat(StrEnum):
    """What kind of file a document is."""

    PDF = "pdf"
    UBL = "ubl"
