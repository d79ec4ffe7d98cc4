"""Servers: what staff make and change, which one a new account comes to, and what its clients are told of it."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.catalog.models import Product, ServerGroup
from commerce.domains.models import Domain
from commerce.hosting.actions.servers import change_server, choose_server, create_server
from commerce.hosting.models import Server, Service
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.models import Order
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.records import make_server_group

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
THEIRS = ["ns1.web1.example", "ns2.web1.example"]


def web(name: str = "web1", **over: Any) -> Server:
    make_server_group(over.get("group"))
    return create_server(name=name, hostname=f"{name}.example", **over, ctx=CTX)


def product(**over: Any) -> Product:
    made = make.make_product()
    Product.objects.filter(pk=made.pk).update(**over)
    made.refresh_from_db()
    return made


def test_a_server_is_made_and_changed_with_before_and_after() -> None:
    server = web(nameservers=THEIRS, panel_url="https://web1.example:2083", max_accounts=20)
    assert (server.nameservers, server.module, server.max_accounts) == (THEIRS, "manual", 20)
    change_server(server=server, hostname="web9.example", is_active=False, nameservers=[], ctx=CTX)
    assert (server.hostname, server.is_active, server.nameservers) == ("web9.example", False, [])
    entry = AuditEntry.objects.get(action="server.updated")
    assert entry.before["hostname"] == "web1.example"
    assert entry.after == {"hostname": "web9.example", "is_active": False, "ns1": "", "ns2": ""}
    change_server(server=server, hostname="web9.example", ctx=CTX)
    assert AuditEntry.objects.filter(action="server.updated").count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"hostname": ""}, "hostname"),
        ({"hostname": "no host"}, "hostname"),
        ({"module": "none"}, "module"),
        ({"panel_url": "javascript:alert(1)"}, "panel_url"),
        ({"nameservers": ["ns1.web1.example"]}, "nameservers"),
        ({"nameservers": ["ns1.web1.example"] * 2}, "nameservers"),
        ({"nameservers": ["ns1.web1.example", ""]}, "nameservers"),
        ({"max_accounts": -1}, "max_accounts"),
        ({"name": "web2"}, "name"),
    ],
)
def test_what_a_server_cannot_be_is_refused(wrong: dict[str, Any], field: str) -> None:
    server = web()
    web("web2")
    with pytest.raises(BusinessError) as refused:
        change_server(server=server, **wrong, ctx=CTX)
    assert refused.value.field == field
    with pytest.raises(BusinessError):
        create_server(**{"name": "web3", "hostname": "web3.example"} | wrong, ctx=CTX)


def test_a_new_account_comes_to_the_server_with_most_room() -> None:
    sold = product(server_group="eu")
    assert choose_server(sold) is None
    small = web("small", group="eu", max_accounts=2)
    large = web("large", group="eu", max_accounts=3)
    web("other", group="us")
    off = web("off", group="eu")
    change_server(server=off, is_active=False, ctx=CTX)
    chosen = []
    for _ in range(6):
        server = choose_server(sold)
        chosen.append(server and server.name)
        make.make_service(product=sold, server=server)
    assert chosen == ["large", "small", "large", "small", "large", None]
    Service.objects.filter(server=small).update(
        status="terminated", terminated_at=make.AT, next_due_date=None
    )
    assert choose_server(sold) == small
    change_server(server=large, max_accounts=0, ctx=CTX)
    assert choose_server(sold) == large  # unlimited is more than any number


def ordered(nameservers: tuple[str, ...] = ()) -> Order:
    """Hosting with a domain name that is ordered with it."""
    chosen = {"nameservers": nameservers, "has_own_nameservers": True} if nameservers else {}
    name = make.make_domain_item(domain="acme.example", **chosen)
    return make.make_order(items=[make.make_item(domain="acme.example"), name])


def activate(order: Order) -> tuple[Service, Domain]:
    activate_order(order=order, unpaid_because="a friend", ctx=CTX)
    return Service.objects.get(), Domain.objects.get()


def test_a_domain_ordered_with_hosting_uses_that_server_s_nameservers() -> None:
    server = web(nameservers=THEIRS)
    service, domain = activate(ordered())
    assert (service.server, domain.nameservers) == (server, THEIRS)
    run_all_jobs(make.AT, failing=True)
    assert "nameservers ns1.web1.example, ns2.web1.example" in (
        Job.objects.get(action="domain.register").error
    )


def test_nameservers_that_were_chosen_stay() -> None:
    web(nameservers=THEIRS)
    mine = ("ns1.mine.example", "ns2.mine.example")
    assert activate(ordered(mine))[1].nameservers == [*mine]


def test_a_server_without_nameservers_leaves_ours() -> None:
    web()
    before = ordered()
    ours = Domain.objects.get().nameservers
    assert activate(before)[1].nameservers == ours


def test_the_mail_of_an_active_service_names_nameservers_and_panel() -> None:
    server = web(nameservers=THEIRS, panel_url="https://web1.example:2083")
    make.make_member(Client.objects.first() or make.make_client())
    service, _domain = activate(ordered())
    run_all_jobs(make.AT, failing=True)
    job = Job.objects.get(action="service.create")
    assert "server web1" in job.error
    finish_manually(job=job, reason="made", answers={"username": "acme"}, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    values = OutgoingMail.objects.filter(event="service_activated").latest("pk").values
    assert (values["server_hostname"], values["nameservers"], values["panel_url"]) == (
        server.hostname, THEIRS, "https://web1.example:2083",
    )  # fmt: skip
    service.refresh_from_db()
    assert (service.status, service.server) == ("active", server)


def test_the_migration_makes_a_group_of_each_name_that_servers_and_products_have() -> None:
    web("web1")
    web("web2", group="eu")
    Server.objects.filter(name="web1").update(group="us")
    product(server_group="eu")
    fill = import_module("commerce.hosting.migrations.0012_fill_server_groups").fill
    for _ in range(2):
        fill(apps, None)
        assert sorted(ServerGroup.objects.values_list("name", flat=True)) == ["eu", "us"]
