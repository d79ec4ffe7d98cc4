"""What can be done with servers, jobs and emails."""

from commerce.hosting.actions import server_groups, servers
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.server_editing import add_server, edit_server
from commerce.hosting.actions.server_trials import request_server_test, try_server_now
from commerce.hosting.server_tests import retry_server_jobs
from commerce.jobs.manual import drop_job, mark_job_done, retry_job
from commerce.jobs.operations.failed_jobs import discard_failed_jobs, retry_failed_jobs
from commerce.kit.acts.act import Acts
from commerce.mail.actions.lifecycle import discard_mail, record_bounce, retry_mail

SERVER_ACTS: Acts = (
    add_server,
    edit_server,
    request_server_test,
    try_server_now,
    servers.accept_missing_accounts,
    request_comparison,
    servers.stop_new_accounts,
    servers.resume_new_accounts,
    retry_server_jobs,
    servers.delete_server,
)
"""What is done with a server besides its credentials, its certificate and its test."""

SERVER_GROUP_ACTS: Acts = (
    server_groups.create_server_group,
    server_groups.rename_server_group,
    server_groups.delete_server_group,
)

JOB_ACTS: Acts = (retry_job, mark_job_done, drop_job, retry_failed_jobs, discard_failed_jobs)

MAIL_ACTS: Acts = (retry_mail, discard_mail, record_bounce)
