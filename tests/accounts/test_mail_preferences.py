"""Which mails a member wants about a client, as an action (accounts.md 8)."""

import pytest

from commerce.accounts.actions.mail_preferences import mail_preferences, set_mail_preferences
from commerce.accounts.models import Membership
from commerce.accounts.rules import SELECTABLE_MAIL_GROUPS
from commerce.audit.models import AuditEntry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from tests.make.people import AT, as_member, make_client, make_member, make_user

pytestmark = pytest.mark.django_db
USUAL = {"billing": False, "services": True, "domains": True}


def chooses(member: Membership, *groups: str) -> dict[str, bool]:
    ctx = Context(AT, as_member(member.user))
    set_mail_preferences(membership=member, groups=groups, ctx=ctx)
    return mail_preferences(member)


def test_a_choice_is_one_members_and_kept() -> None:
    client = make_client(owner=make_user())
    owner, other = Membership.objects.get(), make_member(client, role="owner")
    assert mail_preferences(owner) == USUAL
    assert chooses(owner, *SELECTABLE_MAIL_GROUPS) == dict.fromkeys(SELECTABLE_MAIL_GROUPS, True)
    assert chooses(owner) == dict.fromkeys(SELECTABLE_MAIL_GROUPS, False)
    chooses(owner)
    assert mail_preferences(other) == USUAL
    noted = AuditEntry.objects.filter(action="membership.mails_chosen").order_by("pk")
    assert [(one.before, one.after) for one in noted] == [
        ({"billing": False}, {"billing": True}),
        (dict.fromkeys(SELECTABLE_MAIL_GROUPS, True), dict.fromkeys(SELECTABLE_MAIL_GROUPS, False)),
    ]
    assert {(one.record_kind, one.record_id, one.client_id) for one in noted} == {
        ("membership", owner.pk, client.pk)
    }


def test_only_what_a_member_may_read_is_offered() -> None:
    member = make_member(make_client(), role="technical", rights=["services.view"])
    assert mail_preferences(member) == {"services": True}
    for wrong in (["billing"], ["services", "news"]):
        with pytest.raises(BusinessError) as refused:
            chooses(member, *wrong)
        assert refused.value.field == "groups"
    assert mail_preferences(member) == {"services": True}
