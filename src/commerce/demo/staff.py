"""The people of the demo company: Grace may do everything, Sam helps, Bea bills.

They sign in with a password alone: a second factor that strangers share would protect nothing. The setting that asks
for one is off in the demo only, and whoever looks around can turn it on.
"""

from datetime import datetime

from commerce.accounts.actions.passwords import change_password
from commerce.accounts.actions.staff_people.making import create_first_super_admin, create_staff
from commerce.accounts.actions.users import create_user
from commerce.accounts.models import StaffRole
from commerce.accounts.staff_rules import ShippedRole
from commerce.demo.cast import PASSWORD
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting


def create_demo_staff(at: datetime) -> None:
    """Make the staff of the demo."""
    ctx = Context(at, SYSTEM)
    set_setting(key="security.staff_2fa_required", value="off", ctx=ctx)
    create_first_super_admin(
        email="grace@example.com",
        first_name="Grace",
        last_name="Hill",
        password=PASSWORD,
        ctx=ctx,
    )
    for name, last_name, role in (
        ("Sam", "Reyes", ShippedRole.SUPPORT),
        ("Bea", "Lang", ShippedRole.BILLING),
    ):
        email = f"{name.lower()}@example.com"
        person = {"email": email, "first_name": name, "last_name": last_name}
        create_user(**person, password=None, verified=True, ctx=ctx)
        staff = create_staff(**person, role=StaffRole.objects.get(key=role), ctx=ctx)
        change_password(
            user=staff.person, password=PASSWORD, revoke_tokens=False, keep_session=None, ctx=ctx
        )
