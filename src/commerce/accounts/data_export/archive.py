"""The ZIP file of a client's data (accounts.md 10)."""

import io
import json
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder

from commerce.accounts.data_export.hooks import ExportedRows, exported_files, exported_rows
from commerce.presentation.records import EXPORT, STAFF, FieldReader, plain_record


def client_data_archive(client_id: int) -> bytes:
    """All that is kept of a client, as JSON files and documents. Instants are UTC, amounts in minor units."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for table in exported_rows():
            records = _records(table, client_id, EXPORT)
            text = json.dumps(records, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
            archive.writestr(table.file_name, text)
        for name, content in exported_files(client_id):
            archive.writestr(name, content)
    return file.getvalue()


def client_records(client_id: int) -> dict[str, list[dict[str, object]]]:
    """The records of such an export, with all that staff have of each, by what they are."""
    return {
        table.file_name.removesuffix(".json"): _records(table, client_id, STAFF)
        for table in exported_rows()
    }


def _records(table: ExportedRows, client_id: int, reader: FieldReader) -> list[dict[str, object]]:
    rows = table.fields.with_related(table.rows(client_id)).order_by("pk")
    return [plain_record(table.fields.read(row, reader=reader)) for row in rows]
