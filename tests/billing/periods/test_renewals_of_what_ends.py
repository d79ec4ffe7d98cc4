"""What the end of a service takes back of an invoice that bills others, too (billing.md 8)."""

from datetime import datetime, timedelta

import pytest

from commerce.billing.changes.cancellations.actions import (
    cancel_service_without_request,
    carry_out_cancellation,
)
from commerce.billing.models import BilledPeriod, CreditNote, Invoice
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db


class TestRenewalsOfWhatEnds:
    """Three services on one open invoice over the period from 8 May."""

    @pytest.fixture
    def services(self) -> list[Service]:
        make_renewal(services=3)
        return list(Service.objects.order_by("pk"))

    def end(self, service: Service, at: datetime = RENEWED_AT) -> None:
        carry_out_cancellation(service=service, ctx=Context(at, SYSTEM))

    def billed_periods(self) -> list[str]:
        return list(BilledPeriod.objects.order_by("service_id").values_list("status", flat=True))

    def test_a_period_that_was_taken_back_already_is_not_taken_back_again(
        self, services: list[Service]
    ) -> None:
        first = services[0]
        cancel_service_without_request(
            service=first, kind="end_of_period", reason="asked", ctx=Context(RENEWED_AT, SYSTEM)
        )
        assert (self.billed_periods(), CreditNote.objects.count()) == (
            ["released", "open", "open"],
            1,
        )
        self.end(first)
        assert (self.billed_periods(), CreditNote.objects.count()) == (
            ["released", "open", "open"],
            1,
        )

    def test_what_was_paid_stays_paid(self, services: list[Service]) -> None:
        make.make_payment(Invoice.objects.get(), at=RENEWED_AT)
        self.end(services[0])
        assert self.billed_periods() == ["paid"] * 3
        assert not CreditNote.objects.exists()

    @pytest.mark.parametrize(("late", "first"), [(7, "released"), (8, "open")])
    def test_a_period_that_has_begun_is_owed(
        self, services: list[Service], late: int, first: str
    ) -> None:
        self.end(services[0], RENEWED_AT + timedelta(days=late))
        assert self.billed_periods() == [first, "open", "open"]

    def test_the_client_reads_which_service_ends(self, services: list[Service]) -> None:
        self.end(services[0])
        assert CreditNote.objects.get().reason == f"{services[0].label} ends before this period."
        for service in services[1:]:
            self.end(service)
        assert Invoice.objects.get().status == "cancelled"
