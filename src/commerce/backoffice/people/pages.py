"""The pages about people: clients, their members, notes, tokens, groups, tags and custom fields."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.people.api_tokens import ApiTokenAdmin
from commerce.backoffice.people.client_page.page import STATEMENT_PAGE
from commerce.backoffice.people.clients import ClientAdmin
from commerce.backoffice.people.custom_fields import CustomFieldAdmin
from commerce.backoffice.people.groups import ClientGroupAdmin
from commerce.backoffice.people.members import MembershipAdmin
from commerce.backoffice.people.notes import ClientNoteAdmin
from commerce.backoffice.people.tags import ClientTagAdmin

ROOM = Room(
    records=(
        *(ClientAdmin, MembershipAdmin, ClientGroupAdmin, ClientTagAdmin, ClientNoteAdmin),
        *(ApiTokenAdmin, CustomFieldAdmin),
    ),
    pages=(STATEMENT_PAGE,),
)
