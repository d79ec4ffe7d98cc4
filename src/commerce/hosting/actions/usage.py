"""What accounts use, kept by the day for 13 months."""

from collections.abc import Mapping, Sequence
from datetime import date

from commerce.db.retention import delete_in_bites
from commerce.hosting.models import Service, UsageDay
from commerce.hosting.modules.contract import UsageFigure
from commerce.kit.context import Context
from commerce.kit.periods import add_months
from commerce.site_settings import current

USAGE_MONTHS = 13


def record_usage(*, service: Service, figures: Sequence[UsageFigure], ctx: Context) -> None:
    """Keep what an account uses today, in place of what it used earlier today."""
    record_usage_of_days(service=service, usage={current.business_date(ctx.at): figures})


def record_usage_of_days(*, service: Service, usage: Mapping[date, Sequence[UsageFigure]]) -> None:
    """Keep what an account used on several days, in place of what is kept of them."""
    UsageDay.objects.bulk_create(
        [
            UsageDay(
                service=service,
                day=day,
                kind=figure.kind,
                used=max(figure.used, 0),
                limit=figure.limit,
            )
            for day, figures in usage.items()
            for figure in figures
        ],
        update_conflicts=True,
        unique_fields=["service", "day", "kind"],
        update_fields=["used", "limit"],
    )


def delete_old_usage(*, day: date) -> int:
    """Forget what was used more than 13 months ago; how many figures."""
    return delete_in_bites(UsageDay.objects.filter(day__lt=add_months(day, -USAGE_MONTHS)))
