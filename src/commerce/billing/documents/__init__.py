"""Documents: the PDF of an invoice or credit note with its e-invoice, and the same content as UBL (billing.md 9)."""
