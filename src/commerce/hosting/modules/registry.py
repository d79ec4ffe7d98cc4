"""The modules that provide services, by their name: the only place that knows which there are."""

from django.conf import settings

from commerce.catalog.rules import ProductType
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import HostingModule, ModuleCapability
from commerce.hosting.modules.cpanel.module import CpanelModule
from commerce.hosting.modules.directadmin.module import DirectAdminModule
from commerce.hosting.modules.manual.module import ManualModule
from commerce.hosting.modules.modoboa.module import ModoboaModule
from commerce.hosting.modules.opterius.module import OpteriusModule
from commerce.hosting.modules.plesk.module import PleskModule
from commerce.hosting.modules.proxmox.module import ProxmoxModule
from commerce.hosting.modules.sandbox.module import SandboxMachines, SandboxModule
from commerce.hosting.panel_servers import NO_SERVER, no_note, panel_server_of
from commerce.kit.errors import BusinessError
from commerce.kit.remote.calls import NoteCall

_MODULES: dict[str, type[HostingModule]] = {
    CpanelModule.id: CpanelModule,
    DirectAdminModule.id: DirectAdminModule,
    ManualModule.id: ManualModule,
    ModoboaModule.id: ModoboaModule,
    OpteriusModule.id: OpteriusModule,
    PleskModule.id: PleskModule,
    ProxmoxModule.id: ProxmoxModule,
}
"""Every module by its id. A new one is a folder and a line here."""

SANDBOXES: tuple[type[HostingModule], ...] = (SandboxModule, SandboxMachines)
if settings.COMMERCE_DEMO:  # nothing that they do is real
    _MODULES |= {module.id: module for module in SANDBOXES}


def register_module(module: type[HostingModule]) -> None:
    """Make a module known under its id."""
    _MODULES[module.id] = module


def module_names() -> list[str]:
    """The ids of all modules."""
    return sorted(_MODULES)


def module_class(name: str) -> type[HostingModule]:
    """A module by its id; one that this release lacks is done by hand."""
    return _MODULES.get(name, ManualModule)


def module_class_of(service: Service) -> type[HostingModule]:
    """The module that provides this service: that of its server, or else of its product."""
    if service.product.type != ProductType.HOSTING:
        return ManualModule
    return module_class(service.server.module if service.server else service.product.module)


def capabilities_of(service: Service) -> frozenset[ModuleCapability]:
    """What the panel of this service can do beside the usual; nothing before it has a server."""
    if service.server is None or module_class_of(service).is_manual:
        return frozenset()
    return module_class_of(service).capabilities


def module_for(server: Server, note: NoteCall = no_note) -> HostingModule:
    """The module of a server, bound to it; ``note`` is told of each call.

    Raises ``BusinessError`` for a server that lacks a setting, and ``DecryptionError`` when its key left the ring.
    """
    module = module_class(server.module)
    panel = panel_server_of(server, module)
    for each in module.fields:
        if each.required and not (panel.settings.get(each.name) or each.default):
            raise BusinessError("server.setting_missing", label=each.label, field=each.name)
    return module(PanelConnection(panel, note))


def module_for_service(service: Service, note: NoteCall = no_note) -> HostingModule:
    """The module of a service, bound to its server if it has one."""
    if service.server is not None and service.product.type == ProductType.HOSTING:
        return module_for(service.server, note)
    server = panel_server_of(service.server, ManualModule) if service.server else NO_SERVER
    return ManualModule(PanelConnection(server, note))
