"""Trying other settings of a registrar before they are kept: whether that account has the names that we have there.

A wrong key, another account or the sandbox has none of them, and would end them all (domains.md 6).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from commerce.domains.models import Domain, DomainDrift
from commerce.domains.registrars.brakes import registered_names
from commerce.domains.registrars.contract import RegistrarProblem, RegistrarState
from commerce.domains.registrars.registry import (
    REGISTRAR_CLASSES,
    domain_name_of,
    registrar_with,
)
from commerce.kit.errors import NeedsConfirmation
from commerce.kit.remote.time_limits import calls_end_at, seconds_left
from commerce.site_settings.adapter_fields import adapter_settings, missing_fields
from commerce.site_settings.definitions import SETTING_DEFINITIONS

TRIED_NAMES, TRIAL_SECONDS = 10, 8
"""How many names are asked for, and how long that may take: a page waits for it. Those asked by then say enough."""


@dataclass(slots=True)
class AccountTrial:
    """How many names were asked for, how many the account has, and why it did not say."""

    asked: int = 0
    found: int = 0
    problem: RegistrarProblem | None = None
    message: str = ""

    @property
    def is_ours(self) -> bool:
        """It has at least four of five: some may have left since."""
        return self.problem is None and self.found * 5 >= self.asked * 4


def try_account(slug: str, values: Mapping[str, Any]) -> AccountTrial:
    """Ask with other settings for names that we have there; none is asked for where no name can be.

    ``values`` are those of the fields that change, by the name of the field.
    """
    adapter = REGISTRAR_CLASSES[slug]
    settings = adapter_settings(f"registrar.{slug}", adapter.fields) | dict(values)
    trial = AccountTrial()
    if not adapter.capabilities.is_connected or missing_fields(adapter.fields, settings):
        return trial
    registrar = registrar_with(slug, settings)
    with calls_end_at(time.monotonic() + TRIAL_SECONDS):
        for domain in _known_names(slug):
            answer = registrar.info(domain_name_of(domain))
            if answer.problem not in (None, RegistrarProblem.NOT_FOUND):
                if trial.asked and not seconds_left():
                    break
                trial.problem, trial.message = answer.problem, answer.message
                break
            trial.asked += 1
            is_there = answer.data is not None and answer.data.state != RegistrarState.GONE
            trial.found += is_there
    return trial


def _known_names(slug: str) -> list[Domain]:
    """Those that the registrar had when it was last asked come first, the latest before the others."""
    drifts = DomainDrift.objects.filter(domain=OuterRef("pk"), resolved_at=None, field="status")
    rows = registered_names(slug).annotate(
        is_missing=Exists(drifts.filter(theirs=RegistrarState.GONE))
    )
    return list(rows.order_by("is_missing", "status", "-synced_at", "pk")[:TRIED_NAMES])


def check_accounts(new: Mapping[str, Any]) -> None:
    """Raises ``NeedsConfirmation`` unless the account of each registrar that these settings are of has our names."""
    for slug, adapter in REGISTRAR_CLASSES.items():
        known = {f"registrar.{slug}.{one.name}" for one in adapter.fields if one.is_of_account}
        if found := {key: value for key, value in new.items() if key in known}:
            check_account(slug, found)


def check_account(slug: str, new: Mapping[str, Any]) -> None:
    """Raises ``NeedsConfirmation`` unless the account of these settings, by their key, has our names, or nobody can say
    before other settings are there as well.
    """
    prefix = f"registrar.{slug}."
    forgotten = [
        secret for key in new for secret in SETTING_DEFINITIONS[key].directs if secret not in new
    ]
    values = dict.fromkeys(forgotten, "") | dict(new)
    trial = try_account(slug, {key.removeprefix(prefix): one for key, one in values.items()})
    if trial.is_ours:
        return
    name = REGISTRAR_CLASSES[slug].name
    if trial.problem == RegistrarProblem.AUTH:
        raise NeedsConfirmation("registrar.account_refused", registrar=name, problem=trial.message)
    if trial.problem is not None:
        raise NeedsConfirmation(
            "registrar.account_not_tried", registrar=name, problem=trial.message
        )
    raise NeedsConfirmation(
        "registrar.other_account", registrar=name, found=trial.found, asked=trial.asked
    )
