"""Email is ordered and paid, and its mailbox is there at a real Modoboa, as long as it is paid for."""

import pytest

from commerce.catalog.models import Product
from commerce.hosting import provisioning
from commerce.hosting.actions.passwords import reveal_password
from commerce.hosting.models import Server, Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.hosting.modules.modoboa_side import modoboa_side
from tests.make.jobs import run_all_jobs


@pytest.mark.django_db
def test_an_order_ends_in_a_mailbox_that_its_client_signs_in_to() -> None:
    with modoboa_side() as side:
        panel = side.module().connection.server
        server = make.make_server(
            module="modoboa",
            port=panel.port,
            fingerprint=panel.fingerprint,
            settings=side.settings,
        )
        Server.objects.filter(pk=server.pk).update(hostname=panel.hostname)
        product = make.make_product()
        Product.objects.filter(pk=product.pk).update(
            module="modoboa", package="quota=10G, mailboxes=5"
        )
        product.refresh_from_db()
        item = make.make_item(product=product, domain=side.domain)
        at = clock.now()
        order = make.make_order(items=[item], at=at)
        assert order.invoice is not None
        make.make_payment(order.invoice, at=at)
        run_all_jobs(at)
        service = Service.objects.get()
        assert service.status == "active"
        ctx = Context(at, SYSTEM)
        password = reveal_password(service=service, ctx=ctx)
        assert side.lets_in(service.username, password)
        provisioning.request_suspension(service=service, suspension_reason="staff", ctx=ctx)
        run_all_jobs(at)
        assert not side.lets_in(service.username, password)
        provisioning.request_cancellation(service=service, ctx=ctx)
        run_all_jobs(at)
        assert side.people(side.domain) == []
