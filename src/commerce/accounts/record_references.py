"""How a client's own words call its records."""

from collections.abc import Collection

from django.db.models import Q

from commerce.accounts.models.metadata import METADATA_KINDS, REFERENCE, RecordMetadata


def references_of(
    client_id: int, records: Collection[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """The references of those of these records, each a kind and an id, that have one."""
    wanted = Q()
    for kind in METADATA_KINDS:
        if ids := [record_id for one, record_id in records if one == kind]:
            wanted |= Q(kind=kind, record_id__in=ids)
    if not wanted:
        return {}
    rows = RecordMetadata.objects.for_client(client_id).filter(wanted, key=REFERENCE)
    return {(kind, pk): text for kind, pk, text in rows.values_list("kind", "record_id", "value")}
