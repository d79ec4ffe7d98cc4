"""Owners, stored documents, the guards of the database, and work that waits for somebody (U13, M13, M15)."""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Max, Min

from commerce.audit import guards
from commerce.billing.documents.actions import check_document
from commerce.billing.models import Document
from commerce.proof.check import Asked, Check, Found, Offence, no_row

NEWEST, RANDOM = 20, 30
"""How many stored documents are compared each night: the newest, and others that the day chooses."""

OWNERLESS = """
SELECT k.id, k.email
FROM accounts_client k
WHERE k.status <> 'closed'
  AND NOT EXISTS (
    SELECT 1 FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id
    WHERE m.client_id = k.id AND m.role = 'owner' AND u.is_active
  )
"""

UNMADE = """
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

PLAIN = """
SELECT d.id, coalesce(i.number, n.number) AS number
FROM billing_document d
  LEFT JOIN billing_invoice i ON i.id = d.invoice_id LEFT JOIN billing_creditnote n ON n.id = d.credit_note_id
WHERE d.form = 'pdf' AND d.problem <> '' AND d.made_at >= %(a_week_ago)s
"""

PARKED = """
SELECT id, action, subject_kind, subject_id FROM jobs_job WHERE status = 'parked'
"""


def _documents(check: Check, asked: Asked, most: int) -> Found:
    wrong = [
        Offence(check.name, ("document", document.pk), f"Document {document.pk}: {text}.")
        for document in _sample(asked)
        for text in check_document(document)
    ]
    return Found(len(wrong), wrong[:most])


def _sample(asked: Asked) -> Iterator[Document]:
    """One at a time, for a document may be large: the newest, then others, each night other ones."""
    rows = Document.objects.select_related(
        "invoice__client", "credit_note__client", "credit_note__invoice"
    )
    seen = list(rows.order_by("-pk").values_list("pk", flat=True)[:NEWEST])
    ends = Document.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if not seen:
        return
    chance = random.Random(asked.today.toordinal())  # noqa: S311 - any sample does
    for _ in range(RANDOM):
        start = chance.randint(ends["first"], ends["last"])
        found = Document.objects.filter(pk__gte=start).order_by("pk").values_list("pk", flat=True)
        seen.extend(found[:1])
    for pk in dict.fromkeys(seen):
        yield rows.get(pk=pk)


def _guards(check: Check, asked: Asked, most: int) -> Found:
    missing = guards.differences()
    says = [Offence(check.name, ("guard", 0), f"{name} is not as defined.") for name in missing]
    return Found(len(says), says[:most])


CHECKS = (
    Check(
        "U13",
        "Each client has an owner who can sign in.",
        no_row("client", "Client {id} ({email}) has no active owner.", OWNERLESS),
    ),
    Check("M13", "The database guards what was issued and booked, as defined.", _guards),
    Check("M15", "Stored documents say what their invoices and credit notes say.", _documents),
    Check(
        "M15-unmade",
        "Each document is there a day after its issue.",
        no_row(
            "invoice",
            "{what} {number} has no PDF yet.",
            UNMADE,
            lambda asked: {"yesterday": asked.at - timedelta(days=1)},
        ),
        only_told=True,
    ),
    Check(
        "M15-einvoice",
        "Each document of the last week has its e-invoice.",
        no_row(
            "document",
            "{number} is a plain PDF; `commerce document list --problems` says why.",
            PLAIN,
            lambda asked: {"a_week_ago": asked.at - timedelta(days=7)},
        ),
        only_told=True,
    ),
    Check(
        "U10-parked",
        "No background work waits for staff.",
        no_row(
            "job", "Job {id}, {action} of {subject_kind} {subject_id}, waits for staff.", PARKED
        ),
        only_told=True,
    ),
)
