"""The job that sends a digest. Apart from the digest, which loads the staff area."""

from commerce.accounts.models import Staff
from commerce.accounts.staff_mail.actions import SEND_DIGEST
from commerce.jobs.handlers import JobRun, job_handler
from commerce.mail.actions.lifecycle import skip_mail
from commerce.mail.models import OutgoingMail


@job_handler(SEND_DIGEST)
def handle_send_digest(run: JobRun) -> None:
    """The handler of the job ``staff.digest``; to a person who left meanwhile nothing is sent, as mails then say."""
    from commerce.backoffice.dashboard.digest import send_digest

    staff = Staff.objects.active().select_related("user").filter(pk=run.subject_id).first()
    if staff is not None:
        send_digest(staff=staff, at=run.at)
        return
    for mail in OutgoingMail.objects.waiting_for_digest().filter(digest_of=run.subject_id):
        skip_mail(mail=mail, outcome="Its reader is no longer active staff.", at=run.at)
