"""`/up`: is this installation ready to answer?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse


def up(request: HttpRequest) -> HttpResponse:
    """200 ``ok`` when the database answers, else 503; no data."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database down\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
