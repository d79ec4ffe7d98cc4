"""A QuerySet whose SQL is kept, with parameters for what comes when it runs."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.models import Client, Membership
from commerce.db.compiled import CompiledQuery, QueryParam
from commerce.db.fast_paths import CompiledQuerySet, update_returning
from commerce.hosting.models import Service
from tests.make import make_client, make_service
from tests.make.people import make_member, make_user

pytestmark = pytest.mark.django_db
ID = QueryParam("id", BigIntegerField())


class Shape(StrEnum):
    ROUND = "it's 100 % round"


def test_a_slot_takes_what_is_given_at_each_run() -> None:
    first, second = make_client(), make_client()
    made: list[int] = []

    def rows() -> QuerySet[Client, Any]:
        made.append(1)
        member = Membership.objects.filter(client_id=OuterRef("pk"))
        return Client.objects.filter(pk=ID).annotate(has_members=Exists(member))

    kept = CompiledQuerySet(rows)
    assert [kept.instances(id=one.pk) for one in (first, second)] == [[first], [second]]
    assert kept.instances(id=0) == []
    assert kept.instances(id=first.pk)[0].has_members in (True, 1)
    assert len(made) <= 2  # the SQL and the model, however often it runs


def test_what_is_joined_comes_along_as_the_orm_brings_it(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Converted values, a row that is not there, annotations behind the columns of three tables."""
    client, user = make_client(), make_user("joined@example.com")
    mine = make_member(client, "bob@example.com", "billing")

    def rows(member: Any) -> QuerySet[Membership, Any]:
        found = Membership.objects.filter(pk=member).select_related("client__group", "user")
        return found.annotate(is_new=Exists(Membership.objects.filter(user=user)))

    (from_orm,), (kept,) = rows(mine.pk), CompiledQuerySet(lambda: rows(ID)).instances(id=mine.pk)
    with django_assert_num_queries(0):
        for one, other in [
            (kept, from_orm),
            (kept.client, from_orm.client),
            (kept.user, mine.user),
        ]:
            assert model_to_dict(one) == model_to_dict(other)
        assert (kept.client.group, kept.created_at) == (None, from_orm.created_at)
        assert (kept.is_new, kept.rights) == (False, from_orm.rights)


def test_columns_come_as_they_are_stored() -> None:
    client = make_client(first_name="Zoë")
    kept = CompiledQuerySet(lambda: Client.objects.filter(pk=ID).values_list("pk", "first_name"))
    assert kept.tuples(id=client.pk) == [(client.pk, "Zoë")]


@pytest.mark.parametrize("gap", [timedelta(days=30), timedelta(hours=-50, microseconds=1)])
def test_a_time_between_two_columns_may_be_a_constant(gap: timedelta) -> None:
    mine = make_service(make_client())
    Service.objects.update(suspended_at=mine.created_at + gap)
    for missing, found in ((timedelta(microseconds=1), []), (timedelta(), [(mine.pk,)])):
        kept = CompiledQuerySet(
            lambda missing=missing: Service.objects.filter(
                created_at=F("suspended_at") - (gap + missing), pk=ID
            ).values_list("pk")
        )
        assert kept.tuples(id=mine.pk) == found


def test_what_can_have_no_row_is_not_asked(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_client()
    with django_assert_num_queries(0):
        assert CompiledQuerySet(lambda: Client.objects.filter(pk=ID).none()).instances(id=1) == []
        assert CompiledQuerySet(lambda: Client.objects.filter(pk__in=[])).instances() == []


def test_constants_are_written_into_the_text_and_slots_named() -> None:
    rows = Client.objects.filter(pk=ID, first_name="a_b", revision=7).annotate(
        said=Value(Shape.ROUND, CharField()), yes=Value(True)
    )
    text = CompiledQuery(rows.values_list("pk", "said", "yes")).text(lambda name: f"<{name}>")
    for part in ("'it''s 100 % round'", "TRUE", "= (<id>)", "'a_b'", "= 7"):
        assert part in text
    assert "%s" not in text


@pytest.mark.parametrize("value", ["a\x00b", "a\nb"])
def test_what_is_no_plain_constant_is_refused(value: str) -> None:
    query = CompiledQuery(Client.objects.filter(first_name=value))
    with pytest.raises(TypeError, match="QueryParam"):
        query.text(str)


def test_rows_that_are_changed_come_back_as_they_are_then() -> None:
    client, other = make_client(), make_client()
    with CaptureQueriesContext(connection) as caught:
        found = update_returning(
            Client, "revision = revision + %s", where="id = %s", values=[2, client.pk]
        )
    assert len(caught) == 1
    assert [(one.pk, one.revision) for one in found] == [(client.pk, client.revision + 2)]
    client.refresh_from_db()
    assert client.revision == found[0].revision
    assert Client.objects.get(pk=other.pk).revision == other.revision
    assert update_returning(Client, "revision = 0", where="id = %s", values=[0]) == []
