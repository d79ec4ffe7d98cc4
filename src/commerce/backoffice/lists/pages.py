"""The pages of lists besides themselves: what their forms keep. Each asks for the permission of its list."""

from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.backoffice.lists.chosen import list_columns

_FORM = PageRule(Access.ANY_STAFF, Access.ANY_STAFF)

ROOM = Room(pages=(Page("list-columns", list_columns, "list_columns", _FORM),))
