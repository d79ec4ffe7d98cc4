"""The parts of `commerce init` about being paid by bank transfer, and about the mail server."""

from collections.abc import Mapping

from django.core.mail.backends.smtp import EmailBackend

from commerce.cli.first_setup.interview import SetupInterview
from commerce.config.env import ConfigurationError, mailer_of_url
from commerce.first_setup.answers import setting_check, shown_setting
from commerce.first_setup.bank_account import GATEWAY, check_bank_account, looks_like_iban
from commerce.kit.errors import BusinessError
from commerce.mail.mail_server import mail_server_problem


def ask_bank_account(interview: SetupInterview, company_name: str) -> Mapping[str, str]:
    """The answers by their settings; none for an account that comes later."""
    interview.heading("Bank transfers")
    known = shown_setting(f"{GATEWAY}.iban") or shown_setting(f"{GATEWAY}.account_number")
    account = interview.answer(
        "bank_account",
        "IBAN or account number (Enter to skip)",
        check_bank_account,
        known=known,
        required=False,
    )
    if not account:
        return {}
    by_iban = looks_like_iban(account)
    number = "iban" if by_iban else "account_number"
    answers = {f"{GATEWAY}.{number}": account}
    more = [("bank_holder", "account_name", "Account holder", company_name, True)]
    if not by_iban:
        answers[f"{GATEWAY}.iban"] = ""
        more.append(
            (
                "bank_routing",
                "routing_number",
                "Routing number or sort code (Enter to skip)",
                "",
                False,
            )
        )
    more.append(("bank_bic", "bic", "BIC (Enter to skip)", "", False))
    for question, field, text, proposal, required in more:
        key = f"{GATEWAY}.{field}"
        answers[key] = interview.answer(
            question,
            text,
            setting_check(key),
            known=shown_setting(key),
            proposal=proposal,
            required=required,
        )
    return answers


def ask_mail_server(interview: SetupInterview, *, configured: bool) -> str:
    """A mail server that answered, which is not configured yet; empty if there is none, or it comes later."""
    if configured and not interview.is_given("mail_url"):
        return ""
    interview.heading("Mail server")
    return interview.answer(
        "mail_url",
        "URL, e.g. smtp+tls://user:password@mail.example.com:587 (Enter to skip)",
        check_mail_url,
        required=False,
        hidden=True,
    )


def check_mail_url(typed: str) -> str:
    """The address of a mail server that takes our sign-in. Raises ``BusinessError``."""
    try:
        options = mailer_of_url(typed.strip(), name="The mail server")["OPTIONS"]
    except ConfigurationError as wrong:
        raise BusinessError("mail.url_not_valid", problem=wrong) from wrong
    if problem := mail_server_problem(EmailBackend(alias="default", **options)):
        server = f"{options['host']}:{options['port']}"
        raise BusinessError("mail.server_refuses", server=server, problem=problem)
    return typed.strip()
