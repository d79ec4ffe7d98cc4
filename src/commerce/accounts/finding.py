"""Finding clients, their groups and tags, staff, their roles and machine accounts by what people type."""

from commerce.accounts.models import (
    Client,
    ClientGroup,
    ClientTag,
    MachineAccount,
    Staff,
    StaffRole,
)
from commerce.accounts.staff_rules import ShippedRole
from commerce.kit.errors import BusinessError


def find_client(text: str) -> Client:
    """The client with this id or billing e-mail. Raises ``BusinessError``: there is none, or there are several."""
    if text.isascii() and text.isdecimal():
        found = list(Client.objects.filter(pk=int(text))) if len(text) < 19 else []
    else:
        found = list(Client.objects.filter(email__iexact=text).order_by("id"))
    if not found:
        raise BusinessError("client.unknown", text=text)
    if len(found) > 1:
        several = "".join(f"\n  {one.pk}  {one.name}  {one.company}".rstrip() for one in found)
        raise BusinessError("client.ambiguous", text=text, clients=several)
    return found[0]


def find_client_group(text: str) -> ClientGroup:
    """The client group with this id or name. Raises ``BusinessError``."""
    found = ClientGroup.objects.filter(name=text).first()
    if found is None and text.isascii() and text.isdecimal() and len(text) < 19:
        found = ClientGroup.objects.filter(pk=int(text)).first()
    if found is None:
        raise BusinessError("client_group.unknown", text=text)
    return found


def all_client_groups() -> list[ClientGroup]:
    """Every client group, by name."""
    return list(ClientGroup.objects.order_by("name"))


def find_tag(name: str) -> ClientTag:
    """The tag with this name, in any case. Raises ``BusinessError``."""
    found = ClientTag.objects.filter(name__iexact=name).first()
    if found is None:
        raise BusinessError("client_tag.unknown", name=name)
    return found


def all_tags() -> list[ClientTag]:
    """Every tag, by name."""
    return list(ClientTag.objects.order_by("name", "pk"))


def find_staff(email: str) -> Staff:
    """The staff person with this address. Raises ``BusinessError``."""
    found = Staff.objects.select_related("user", "role").filter(user__email__iexact=email.strip())
    if (staff := found.first()) is None:
        raise BusinessError("staff.not_found", email=email)
    return staff


def active_staff() -> list[Staff]:
    """Everybody who can sign in to the staff area."""
    return list(Staff.objects.active().select_related("user").order_by("user__email", "pk"))


def find_machine_account(name: str) -> MachineAccount:
    """The machine account with this name, in any case. Raises ``BusinessError``."""
    found = MachineAccount.objects.select_related("owner__user", "role")
    if (machine := found.filter(machine_name__iexact=name.strip()).first()) is None:
        raise BusinessError("machine_account.not_found", name=name)
    return machine


def find_staff_role(text: str) -> StaffRole:
    """The role with this key, or with this name in any case. Raises ``BusinessError``."""
    found = StaffRole.objects.filter(key=text).first()
    found = found or StaffRole.objects.filter(name__iexact=text).exclude(name="").first()
    if found is None:
        raise BusinessError("staff.role_unknown")
    return found


def all_staff_roles() -> list[StaffRole]:
    """Every role: those that came with the installation, the mightiest first, then the company's own by name."""
    found = {role.key: role for role in StaffRole.objects.order_by("name", "pk")}
    shipped = [found.pop(key) for key in ShippedRole]
    return [*shipped, *found.values()]
