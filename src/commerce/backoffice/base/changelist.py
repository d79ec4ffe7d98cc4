"""Django's list with the links to the page before and after it, and unfold's filters."""

from typing import Any

from unfold.views import ChangeList

from commerce.backoffice.base.paging import COUNTED_ROWS


class RecordList(ChangeList):
    """The rows of one page of a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.list_url = self.model_admin.list_url()

    @property
    def previous_query(self) -> str:
        """The query of the page before; empty on the first."""
        return self._page_query(self.page_num - 1) if self.page_num > 1 else ""

    @property
    def next_query(self) -> str:
        """The query of the page after; empty on the last, and at the end of what is counted."""
        last = min(self.paginator.num_pages, COUNTED_ROWS // self.list_per_page)
        return self._page_query(self.page_num + 1) if self.page_num < last else ""

    def _page_query(self, number: int) -> str:
        return str(self.get_query_string({"p": number}))

    def url_for_result(self, result: Any) -> Any:
        """Rows of records without a page of their own link nowhere."""
        return self.model_admin.record_url(result) if self.model_admin.has_record_page else None
