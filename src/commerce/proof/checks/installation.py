"""Owners, stored documents, the guards of the database, and work that waits for somebody (U13, M13, M15)."""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Max, Min

from commerce.billing.documents.actions import check_document
from commerce.billing.models import Document
from commerce.db import triggers
from commerce.proof.check import CheckFindings, CheckViolation, ProofCheck, ProofTime, finds_no_row

NEWEST_DOCUMENTS, RANDOM_DOCUMENTS = 20, 30
"""How many stored documents are compared each night: the newest, and others that the day chooses."""

OWNERLESS_SQL = """
SELECT k.id, k.email
FROM accounts_client k
WHERE k.status <> 'closed'
  AND NOT EXISTS (
    SELECT 1 FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id
    WHERE m.client_id = k.id AND m.role = 'owner' AND u.is_active
  )
"""

UNMADE_SQL = """
SELECT id, what, number FROM (
  SELECT i.id, 'Invoice' AS what, i.number FROM billing_invoice i
  WHERE i.issued_at < %(yesterday)s
    AND NOT EXISTS (SELECT 1 FROM billing_document d WHERE d.invoice_id = i.id AND d.form = 'pdf')
  UNION ALL
  SELECT n.id, 'Credit note', n.number FROM billing_creditnote n
  WHERE n.issued_at < %(yesterday)s
    AND NOT EXISTS (SELECT 1 FROM billing_document d WHERE d.credit_note_id = n.id AND d.form = 'pdf')
) unmade
"""

PLAIN_SQL = """
SELECT d.id, coalesce(i.number, n.number) AS number
FROM billing_document d
  LEFT JOIN billing_invoice i ON i.id = d.invoice_id LEFT JOIN billing_creditnote n ON n.id = d.credit_note_id
WHERE d.form = 'pdf' AND d.problem <> '' AND d.made_at >= %(a_week_ago)s
"""

PARKED_SQL = """
SELECT id, action, subject_kind, subject_id FROM jobs_job WHERE status = 'parked'
"""


def _documents(check: ProofCheck, asked: ProofTime, most: int) -> CheckFindings:
    wrong = [
        CheckViolation(check.name, ("document", document.pk), f"Document {document.pk}: {text}.")
        for document in _sample(asked)
        for text in check_document(document)
    ]
    return CheckFindings(len(wrong), wrong[:most])


def _sample(asked: ProofTime) -> Iterator[Document]:
    """One at a time, for a document may be large: the newest, then others, each night other ones."""
    keys = Document.objects.values_list("pk", flat=True)
    seen = list(keys.order_by("-pk")[:NEWEST_DOCUMENTS])
    if len(seen) == NEWEST_DOCUMENTS:
        ends = Document.objects.aggregate(first=Min("pk"), last=Max("pk"))
        chance = random.Random(asked.today.toordinal())  # noqa: S311 - any sample does
        for _ in range(RANDOM_DOCUMENTS):
            start = chance.randint(ends["first"], ends["last"])
            seen += keys.filter(pk__gte=start).order_by("pk")[:1]
    related = "invoice__client", "credit_note__client", "credit_note__invoice"
    for pk in dict.fromkeys(seen):
        yield Document.objects.select_related(*related).get(pk=pk)


def _guards(check: ProofCheck, asked: ProofTime, most: int) -> CheckFindings:
    missing = triggers.trigger_differences()
    says = [
        CheckViolation(
            check.name, ("guard", 0), f"{name} is missing or differs from its definition."
        )
        for name in missing
    ]
    return CheckFindings(len(says), says[:most])


CHECKS = (
    ProofCheck(
        "U13",
        "Each client has an owner who can sign in.",
        finds_no_row("client", "Client {id} ({email}) has no active owner.", OWNERLESS_SQL),
    ),
    ProofCheck("M13", "Database triggers that protect issued records are in place.", _guards),
    ProofCheck("M15", "Stored documents match their invoices and credit notes.", _documents),
    ProofCheck(
        "M15-unmade",
        "Each invoice and credit note has a PDF within a day of its issue.",
        finds_no_row(
            "invoice",
            "{what} {number} has no PDF yet.",
            UNMADE_SQL,
            lambda asked: {"yesterday": asked.at - timedelta(days=1)},
        ),
        is_notice=True,
    ),
    ProofCheck(
        "M15-einvoice",
        "Each document of the last week includes an e-invoice.",
        finds_no_row(
            "document",
            "{number} is a plain PDF; `commerce document list --problems` says why.",
            PLAIN_SQL,
            lambda asked: {"a_week_ago": asked.at - timedelta(days=7)},
        ),
        is_notice=True,
    ),
    ProofCheck(
        "U10-parked",
        "No failed jobs are waiting for staff.",
        finds_no_row(
            "job",
            "Job {id}, {action} of {subject_kind} {subject_id}, is waiting for staff.",
            PARKED_SQL,
        ),
        is_notice=True,
    ),
)
