"""Which mails a member wants about a client (accounts.md 8)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.models import MailChoice, Membership
from commerce.accounts.rules import MAIL_GROUPS, rights_of
from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


def mail_choices(membership: Membership) -> dict[str, bool]:
    """Each group that this member may get, and whether he gets it; what he never chose is as usual."""
    stored = dict(MailChoice.objects.filter(membership=membership).values_list("group", "wanted"))
    rights = rights_of(membership.role, membership.rights)
    return {
        group: stored.get(group, by_default)
        for group, (right, by_default) in MAIL_GROUPS.items()
        if not right or right in rights
    }


@transaction.atomic
def choose_mails(
    *, membership: Membership, groups: Iterable[str], at: datetime, actor: Actor
) -> None:
    """The member wants the mails of these groups and of no others; security mails come in any case.

    Raises ``Refused`` for a group that he may not get.
    """
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    before = mail_choices(membership)
    wanted = set(groups)
    if not wanted <= before.keys():
        raise Refused(_("Choose among the groups offered."), field="groups")
    after = {group: group in wanted for group in before}
    changed = [group for group in before if before[group] != after[group]]
    for group in changed:
        MailChoice.objects.update_or_create(
            membership=membership, group=group, defaults={"wanted": after[group]}
        )
    if changed:
        record(
            at=at,
            actor=actor,
            action="membership.mails_chosen",
            record=("membership", membership.pk),
            name=membership.user.email,
            client_id=membership.client_id,
            before={group: before[group] for group in changed},
            after={group: after[group] for group in changed},
        )
