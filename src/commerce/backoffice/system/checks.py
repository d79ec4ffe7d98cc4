"""What the nightly proof found (invariants.md, O3)."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.context import staff_page
from commerce.kit import clock
from commerce.proof.checks.all_checks import CHECKS
from commerce.proof.runner import CheckVerdict, choose_checks, run_proof
from commerce.proof.steps import PROOF_STEP
from commerce.runs.backups import last_backup
from commerce.runs.models import DailyRunStep
from commerce.runs.rules import RunStepStatus


def check_list(request: HttpRequest) -> HttpResponseBase:
    """`/admin/checks`: each check with what the last proof found; sending a name makes that check anew."""
    verdict = _made_anew(request) if request.method == "POST" else None
    ended = DailyRunStep.objects.filter(name=PROOF_STEP).exclude(status=RunStepStatus.RUNNING)
    last = ended.order_by("-pk").first()
    errors = last.errors if last else []
    rows = [
        {"check": check, "errors": [one for one in errors if one["kind"] == check.name]}
        for check in CHECKS
    ]
    rows.sort(key=lambda row: not row["errors"])
    context = {
        "title": _("Checks"),
        "last": last,
        "backup": last_backup(),
        "rows": rows,
        "verdict": verdict,
        "may_run": may(request, StaffPermission.SETTINGS_MANAGE),
    }
    return staff_page(request, "backoffice/system/checks.html", context)


def _made_anew(request: HttpRequest) -> CheckVerdict | None:
    name = request.POST.get("check", "")
    if not any(check.name == name for check in CHECKS):
        return None
    [verdict] = run_proof(at=clock.now(), checks=choose_checks(name))
    return verdict
