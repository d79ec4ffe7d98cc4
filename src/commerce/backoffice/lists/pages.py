"""The pages of lists besides themselves: what their forms keep. Each asks for the permission of its list."""

from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.backoffice.lists.chosen import list_columns
from commerce.backoffice.lists.saved import saved_view, saved_views, view_counts

_FORM = PageRule(Access.ANY_STAFF, Access.ANY_STAFF)

ROOM = Room(
    pages=(
        Page("list-columns", list_columns, "list_columns", _FORM),
        Page("saved-views", saved_views, "saved_views", _FORM),
        Page("saved-views/<int:pk>", saved_view, "saved_view", _FORM),
        Page(
            "saved-views/counts",
            view_counts,
            "view_counts",
            PageRule(Access.ANY_STAFF),
            from_replica=True,
        ),
    )
)
