"""Searching for domain names: which are available, and what each costs (domains.md 7). It changes nothing, but asks
registrars, which takes time and is limited; so it is served as what is asked before a write.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from commerce.accounts.models import Client
from commerce.api.core import errors
from commerce.api.core.errors import ProblemPart
from commerce.api.core.limits import count_share
from commerce.api.read.fields import api_field, examples
from commerce.api.v1.field_types import CurrencyCode, Day
from commerce.api.v2.writing.bodies import member_problem, pointer
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult, answer_shape
from commerce.domains.availability import (
    MAX_NAMES_SEARCHED,
    MAX_SEARCHES,
    NameAnswer,
    NameState,
    check_offered,
    seconds_to_wait,
)
from commerce.domains.offers import (
    MAX_NAMES,
    FoundNames,
    TldOffer,
    find_listed_names,
    find_names,
)
from commerce.domains.rdap.transfer_facts import transfer_facts
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import business_date, get_setting

_MOST_LETTERS = 255


class DomainSearch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to look for: either a word or a name, or several names."""

    query: Annotated[
        Annotated[str, Meta(min_length=1, max_length=_MOST_LETTERS)] | None,
        Meta(
            description="A word or a name, which is looked for under the TLDs on sale, as far as 20.",
            examples=["acme"],
        ),
    ] = None
    names: Annotated[
        Annotated[
            list[Annotated[str, Meta(min_length=1, max_length=_MOST_LETTERS)]],
            Meta(min_length=1, max_length=MAX_NAMES),
        ]
        | None,
        Meta(description="Whole names.", examples=[["acme.com", "acme.org"]]),
    ] = None


type _Price = Annotated[int, Meta(ge=0)] | None


class FoundName(Struct, frozen=True):
    """A name, and what it can be had for, before tax."""

    name: Annotated[
        str,
        api_field(
            story=["acme.com", "acme.org"],
            description="The name, in ASCII form.",
            examples=["acme.com"],
        ),
    ]
    status: Annotated[
        Literal["available", "premium", "taken", "unknown", "not_sold"],
        api_field(
            story=["taken", "available"],
            description="`premium`: available at a price of its own, from the company's staff. `unknown`: it could not "
            "be checked. `not_sold`: its TLD is not on sale here.",
        ),
    ]
    is_pending: Annotated[
        bool,
        api_field(
            story=[False, False],
            description="Whether its registrar is still being asked: search again after some seconds.",
        ),
    ]
    years: Annotated[
        int | None,
        api_field(
            story=[1, 1],
            description="The shortest term, which the prices to register and to renew are of; null if it is not sold.",
            examples=[1],
        ),
    ]
    register_price: Annotated[
        _Price,
        api_field(
            story=[None, 1200],
            description="What the first term costs, in minor units; null if it cannot be registered.",
        ),
    ]
    renew_price: Annotated[
        _Price, api_field(story=[1400, 1400], description="What each further term costs.")
    ]
    transfer_price: Annotated[
        _Price,
        api_field(
            story=[1200, None],
            description="What its transfer to here costs; null if it cannot be transferred.",
        ),
    ]
    transferable_from: Annotated[
        Day | None,
        api_field(
            story=["2026-05-21", None],
            description="First day on which its registry lets it go to another registrar, if that is yet to come and "
            "the registry tells. Asked for where a single name is searched for.",
            examples=["2026-05-21"],
        ),
    ]
    is_transfer_locked: Annotated[
        bool | None,
        api_field(
            story=[True, None],
            description="Whether its holder has to unlock it before a transfer; null where that was not asked or is "
            "not told.",
        ),
    ]


class DomainSearchResult(Struct, frozen=True):
    """The names of a search, those that were asked for first."""

    currency_code: Annotated[
        CurrencyCode, api_field(story=["GBP"], description="ISO 4217 code of all prices here.")
    ]
    names: Annotated[
        list[FoundName], api_field(story=[examples(FoundName)], description="The names.")
    ]


SEARCHES = answer_shape(DomainSearchResult, name="domains")


class _Search:
    """A search of a client, whose names are judged before registrars are asked."""

    def __init__(self, call: WriteCall) -> None:
        if not get_setting("portal.show_domain_search"):
            raise errors.not_found()
        query, names = call.body.query, call.body.names
        if (query is None) == (names is None):
            text = "The body must have either query or names."
            raise member_problem([ProblemPart("pointer", "", "missing", text)])
        self.client = Client.objects.for_client(call.caller.client_id).get()
        self.found = self._find(query, names or [])

    @property
    def currency(self) -> str:
        return self.client.currency_code

    def _find(self, query: str | None, names: list[str]) -> FoundNames:
        if query is not None:
            try:
                return find_names(query, self.currency)
            except BusinessError as error:
                error.field = "query"
                raise
        found = find_listed_names(names, self.currency)
        wrong = [
            ProblemPart("pointer", pointer("names", str(at)), "not_valid", "This is no name.")
            for at, name in enumerate(names)
            if name.strip() in found.invalid
        ]
        if wrong:
            raise member_problem(wrong)
        return found

    def ask(self) -> list[FoundName]:
        """Ask registrars, as long and as often as the portal does; of a single name that can be transferred also its
        registry.
        """
        key = self.client.pk
        if wait := count_share(f"domain-search:client:{key}", MAX_SEARCHES, 60):
            raise errors.too_many_requests(wait)

        def may_ask(number: int) -> bool:
            names = f"domain-names:client:{key}"
            return not count_share(names, MAX_NAMES_SEARCHED, 60, units=number)

        with seconds_to_wait() as seconds:
            answers = check_offered(
                self.found.names, self.found.offers, seconds=seconds, may_ask=may_ask
            )
        rows = [_row(one, one.offer) for one in answers.values()]
        if len(rows) == 1 and rows[0].transfer_price is not None and may_ask(1):
            rows = [_with_facts(rows[0])]
        return rows

    def known(self) -> list[FoundName]:
        """What is known without asking."""
        answers = check_offered(
            self.found.names, self.found.offers, seconds=0, may_ask=lambda _: False
        )
        return [_row(one, one.offer) for one in answers.values()]


def _ask(call: WriteCall) -> list[FoundName]:
    return _Search(call).ask()


def _show(call: WriteCall) -> WriteResult:
    search = _Search(call)
    answers = search.known() if call.is_dry_run else call.prepared
    made = DomainSearchResult(search.currency, answers)
    return WriteResult(SEARCHES, made=made, not_checked=("registrar",))


def _with_facts(row: FoundName) -> FoundName:
    """With what its registry tells now of a transfer."""
    facts = transfer_facts(row.name, business_date(clock.now()))
    if facts is None:
        return row
    return replace(row, transferable_from=facts.possible_from, is_transfer_locked=facts.is_locked)


def _row(answer: NameAnswer, offer: TldOffer | None) -> FoundName:
    status = "taken" if answer.state == NameState.MANAGED_HERE else str(answer.state)
    if offer is None or answer.state == NameState.NOT_SOLD:
        return FoundName(answer.name, status, False, None, None, None, None, None, None)  # type: ignore[arg-type]
    years = offer.min_years
    register = renew = transfer = None
    if answer.state in (NameState.AVAILABLE, NameState.UNKNOWN) and offer.is_sold("register"):
        register = (offer.register or 0) * years
    if offer.renew is not None and answer.state != NameState.PREMIUM:
        renew = offer.renew * years
    if answer.state == NameState.TAKEN and offer.is_sold("transfer"):
        transfer = offer.transfer
    return FoundName(
        answer.name,
        status,  # type: ignore[arg-type]  # of its values
        answer.is_pending,
        years,
        register,
        renew,
        transfer,
        transferable_from=None,
        is_transfer_locked=None,
    )


SEARCH_WRITES = (
    StructWrite(
        path="/api/v2/domain-searches",
        scope="domains:read",
        summary="Search for domain names",
        about="Asks registrars and keeps nothing. Ten searches a minute for each account. A dry run asks nobody.",
        action=_show,
        asks_first=_ask,
        shown=SEARCHES,
        body=DomainSearch,
        example={"names": ["acme.com", "acme.org"]},
        effect="read",
        needs_key=False,
        while_suspended=True,
        status=200,
        unsettled=(),
    ),
)
"""The search, which is sent as a write."""
