"""What a page is compared with: a Django view without middleware that does the same queries and fills one template."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models.query import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import engines
from django.urls import path

from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet

type Repeat = Callable[[], Iterable[Any]]

TEMPLATE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1><table>{% for row in rows %}<tr><td>{{ row.pk }}</td><td>{{ row }}</td></tr>{% endfor %}</table>
</body></html>"""


class QueryRecording:
    """The queries of a page, each as what does it again: QuerySets as QuerySets, with models, all else as it was.

    A QuerySet whose rows come by SQL that is kept is a QuerySet again: a bare view has no such thing.
    """

    def __init__(self) -> None:
        self.repeats: list[Repeat] = []
        self.statements = 0
        self._inside = False

    @contextmanager
    def recording(self) -> Iterator[None]:
        fetch_all, execute_sql = QuerySet._fetch_all, SQLCompiler.execute_sql
        instances = CompiledQuerySet.instances

        def fetch(rows: Any) -> None:
            if rows._result_cache is None:
                again = rows._chain()
                again._prefetch_related_lookups = ()
                self.repeats.append(lambda: list(again._chain()))
                with self._within():
                    rows._result_cache = list(rows._iterable_class(rows))
            fetch_all(rows)

        def execute(compiler: Any, *args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return execute_sql(compiler, *args, **kwargs)
            query, kind = compiler.query.clone(), type(compiler)

            def again() -> Iterable[Any]:
                found = execute_sql(kind(query.clone(), connection, "default"), *args, **kwargs)
                return [row for rows in found for row in rows] if hasattr(found, "__next__") else []

            self.repeats.append(again)
            with self._within():
                return execute_sql(compiler, *args, **kwargs)

        def kept(query: CompiledQuerySet[Any], **params: Any) -> list[Any]:
            self.repeats.append(lambda: run_as_queryset(query, params))
            with self._within():
                return instances(query, **params)

        def plain(run: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
            self.statements += 1
            if not self._inside and not many:
                self.repeats.append(lambda: run_again(sql, params))
            return run(sql, params, many, context)

        with ExitStack() as stack:
            stack.enter_context(mock.patch.object(QuerySet, "_fetch_all", fetch))
            stack.enter_context(mock.patch.object(SQLCompiler, "execute_sql", execute))
            stack.enter_context(mock.patch.object(CompiledQuerySet, "instances", kept))
            stack.enter_context(connection.execute_wrapper(plain))
            yield

    @contextmanager
    def _within(self) -> Iterator[None]:
        before, self._inside = self._inside, True
        try:
            yield
        finally:
            self._inside = before


def run_as_queryset(query: CompiledQuerySet[Any], params: dict[str, Any]) -> list[Any]:
    """Its rows, put together by the ORM."""

    def bound(param: QueryParam, *_: Any) -> tuple[str, list[Any]]:
        return "%s", [param.output_field.get_db_prep_value(params[param.name], connection)]

    with mock.patch.object(QueryParam, "as_sql", bound):
        return list(query._rows())


def run_again(sql: Any, params: Any) -> list[Any]:
    """A statement that no QuerySet made."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


class PeerView:
    """The view itself."""

    def __init__(self, name: str, recording: QueryRecording) -> None:
        self.name, self.repeats = name, recording.repeats
        self.template = engines["django"].from_string(TEMPLATE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        results = [list(repeat()) for repeat in self.repeats]
        rows = max(results, key=len, default=[])
        return HttpResponse(self.template.render({"title": self.name, "rows": rows}))


urlpatterns: list[Any] = []
"""The peers' addresses, filled as pages are recorded."""


def add_peer(name: str, recording: QueryRecording) -> str:
    """Give a page's peer an address."""
    urlpatterns.append(path(name, PeerView(name, recording)))
    return f"/{name}"


def use_peer_urls(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The only middleware: the peers' addresses in place of the product's."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return answer
