"""The bare view beside a page does the same queries."""

import pytest
from django.db import connection
from django.db.models import Prefetch, Sum
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from bench.page_peer import PeerView, QueryRecording
from commerce.billing.invoices.models import Invoice
from tests.make.people import make_client
from tests.make.records import make_invoice

pytestmark = pytest.mark.django_db


def ask_in_each_way() -> None:
    list(Invoice.objects.select_related("client").prefetch_related(Prefetch("lines")))
    Invoice.objects.count()
    Invoice.objects.filter(pk=0).exists()
    Invoice.objects.aggregate(Sum("total"))
    Invoice.objects.filter(status="paid").first()
    list(Invoice.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 WHERE 1 = %s", [1])


def test_the_peer_repeats_each_statement_of_a_page() -> None:
    client = make_client()
    for _ in range(2):
        make_invoice(client, "paid")
    recording = QueryRecording()
    with CaptureQueriesContext(connection) as asked, recording.recording():
        ask_in_each_way()
    with CaptureQueriesContext(connection) as repeated:
        reply = PeerView("page", recording)(RequestFactory().get("/page"))
    assert recording.statements == len(asked) == 8
    assert sorted(each["sql"] for each in repeated) == sorted(each["sql"] for each in asked)
    assert reply.content.count(b"<tr>") == 2
