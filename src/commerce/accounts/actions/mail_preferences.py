"""Which mails a member wants about a client (accounts.md 8)."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from commerce.accounts.models import MailPreference, Membership
from commerce.accounts.rules import SELECTABLE_MAIL_GROUPS, rights_of
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


def mail_preferences(membership: Membership) -> dict[str, bool]:
    """Each group that this member may get, and whether they get it; what they never chose is as usual."""
    stored = dict(
        MailPreference.objects.filter(membership=membership).values_list("group", "wanted")
    )
    return mail_choices(stored, rights_of(membership.role, membership.rights))


def mail_choices(stored: Mapping[str, bool], rights: frozenset[str]) -> dict[str, bool]:
    """The groups that a member with these rights may get, by what they once chose."""
    return {
        group: stored.get(group, by_default)
        for group, (right, by_default) in SELECTABLE_MAIL_GROUPS.items()
        if not right or right in rights
    }


@transaction.atomic
def set_mail_preferences(*, membership: Membership, groups: Iterable[str], ctx: Context) -> None:
    """The member wants the mails of these groups and of no others; security mails come in any case.

    Raises ``BusinessError`` for a group that they may not get.
    """
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    before = mail_preferences(membership)
    wanted = set(groups)
    if not wanted <= before.keys():
        raise BusinessError("mail.group_unknown", field="groups")
    after = {group: group in wanted for group in before}
    changed = [group for group in before if before[group] != after[group]]
    for group in changed:
        MailPreference.objects.update_or_create(
            membership=membership, group=group, defaults={"wanted": after[group]}
        )
    if changed:
        write_audit_entry(
            ctx=ctx,
            action="membership.mails_chosen",
            record=("membership", membership.pk),
            name=membership.user.email,
            client_id=membership.client_id,
            before={group: before[group] for group in changed},
            after={group: after[group] for group in changed},
        )
