"""`/admin/exports/ID`: a long list as a file, for the person who asked for it, for 7 days."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from commerce.accounts.models import ListExport
from commerce.backoffice.base.access import signed_in_staff
from commerce.kit import clock


@require_safe
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file; of somebody else, or one whose time is over, there is none."""
    rows = ListExport.objects.filter(staff=signed_in_staff(request), expires_at__gt=clock.now())
    export = get_object_or_404(rows.exclude(content=None), pk=pk)
    response = HttpResponse(bytes(export.content or b""), content_type="text/csv; charset=utf-8")
    name = f"{export.list_name}-{export.requested_at.date().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
