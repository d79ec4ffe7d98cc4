"""The demo's servers: accounts of the history were made by hand, and from today on sandbox panels have them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from commerce.catalog.actions.product_settings import change_product
from commerce.catalog.models import Product
from commerce.catalog.rules import ProductType
from commerce.hosting.actions.accounts import store_account_info
from commerce.hosting.actions.servers import change_server
from commerce.hosting.actions.usage import record_usage_of_days
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.registry import SANDBOXES, module_names
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.hosting.sandbox.panel import SandboxAccount, as_panel_account, open_panel
from commerce.hosting.sandbox.usage import usage_of
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings import current

_WEB_HOSTING, _MACHINES = SANDBOXES
# Server: its module, and the group of products whose accounts come to it.
SERVERS = {
    "web1": (_WEB_HOSTING, ""),
    "web2": (_WEB_HOSTING, ""),
    "vps1": (_MACHINES, "vps"),
}
PACKAGES = {
    "Community hosting": "community",
    "Starter hosting": "starter",
    "Business hosting": "business",
    "Pro hosting": "pro",
    "VPS S": "vps-s",
    "VPS L": "vps-l",
}
USAGE_DAYS = 31
"""Days before that of building whose usage is known."""
_OURS = [module.id for module in SANDBOXES]


def hand_servers_to_sandbox(at: datetime) -> None:
    """Let sandbox panels have the servers, and new accounts; where there are none, all stays with staff."""
    if not set(_OURS) <= set(module_names()):
        return
    ctx = Context(at, SYSTEM)
    for name, (module, group) in SERVERS.items():
        server = Server.objects.get(name=name)
        change_server(
            server=server,
            module=module.id,
            group=group,
            panel_url=_panel_url(),
            confirmed={"server.other_machine"},  # their panels are filled next
            ctx=ctx,
        )
    for product in Product.objects.filter(type=ProductType.HOSTING, name__in=PACKAGES):
        is_machine = product.name.startswith("VPS")
        module, group = SERVERS["vps1" if is_machine else "web1"]
        package = PACKAGES[product.name]
        change_product(
            product=product,
            module=module.id,
            package=package,
            server_group=group or None,
            ctx=ctx,
        )


def store_panel_answers(at: datetime) -> None:
    """Keep how the accounts are, and what they used in the last days, as the daily run would have."""
    for service in _services_at_sandbox():
        account = _as_at_panel(service)
        known = as_panel_account(account, service.provisioning_key)
        store_account_info(service=service, account=known, ctx=Context(at, SYSTEM))
        days = [at - timedelta(days=days) for days in range(USAGE_DAYS, 0, -1)]
        used = {
            current.business_date(day): usage_of(account, day)
            for day in days
            if account.created_at < day
        }
        record_usage_of_days(service=service, usage=used)


def fill_sandbox_panels_from_books(at: datetime) -> None:
    """Give the panels what they lack of our accounts: their file may be new, or somebody deleted it.

    The address of the panels is that of this start.
    """
    for server in Server.objects.filter(module__in=_OURS).exclude(panel_url=_panel_url()):
        change_server(server=server, panel_url=_panel_url(), ctx=Context(at, SYSTEM))
    with open_panel() as panel:
        for service in _services_at_sandbox():
            if panel.account(service.remote_id) is None:
                panel.save(_as_at_panel(service))


def _services_at_sandbox() -> QuerySet[Service]:
    running = Service.objects.filter(
        server__module__in=_OURS, status__in=RUNNING_SERVICE_STATUSES
    ).exclude(remote_id="")
    return running.select_related("server", "product", "client").order_by("pk")


def _panel_url() -> str:
    return f"{settings.COMMERCE_URL}/sandbox"


def _as_at_panel(service: Service) -> SandboxAccount:
    server = service.server
    assert server is not None  # as asked for
    is_machine = server.module == _MACHINES.id
    return SandboxAccount(
        id=service.remote_id,
        server=server.pk,
        server_name=server.name,
        key=service.provisioning_key,
        username=service.username,
        domain=service.domain,
        package=service.product.package,
        email=service.client.email,
        created_at=service.created_at,
        is_machine=is_machine,
        is_suspended=service.status == ServiceStatus.SUSPENDED,
        installed_at=service.created_at if is_machine else None,
    )
