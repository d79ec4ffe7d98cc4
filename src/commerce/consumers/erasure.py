"""What statements say of people: their words go with a client's data, that there was one and what came of it stays."""

from django.db.models import Q

from commerce.accounts.erasure.rules import ERASED, ErasureScope, erased_email
from commerce.consumers.models import ConsumerStatement
from commerce.kit.context import Context


def erase_statements(scope: ErasureScope, ctx: Context) -> None:
    """Names, addresses and words of statements about a client's contracts, and of those from their addresses."""
    del ctx
    of_client = Q(client_id=scope.client_id)
    from_them = Q(client_id=None, email__in=list(scope.emails))
    for row in ConsumerStatement.objects.filter(of_client | from_them).only("pk", "email", "cause"):
        ConsumerStatement.objects.filter(pk=row.pk).update(
            name=ERASED,
            contract=ERASED,
            cause=ERASED if row.cause else "",
            email=erased_email("statement", row.pk) if row.email else "",
            answer="",
        )
