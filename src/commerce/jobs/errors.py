"""What errors about jobs say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "job.ended": _("This job has ended."),
    "job.many_found": _(
        "%(number)s failed jobs match: %(kinds)s. Up to %(most)s are handled at once, oldest first."
    ),
    "job.none_found": _("No failed job matches."),
    "job.not_droppable": _(
        "This job can't be discarded: it may have taken effect already. Once it has failed, check that, "
        "then mark it as done."
    ),
    "job.not_parked": _("Only jobs that need attention can be retried or marked as done."),
    "job.running": _("This job is running."),
    "job.taken": _("Another worker is running this job."),
}
