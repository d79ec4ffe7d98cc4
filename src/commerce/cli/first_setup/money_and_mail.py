"""The parts of `commerce init` about being paid by bank transfer, and about the mail server."""

from collections.abc import Mapping

from django.core.mail.backends.smtp import EmailBackend

from commerce.cli.first_setup.interview import SetupInterview
from commerce.cli.first_setup.setting_answers import (
    is_changed,
    save_settings,
    setting_check,
    shown_setting,
)
from commerce.config.deploy_checks import mail_server_problem
from commerce.config.env import ConfigurationError, mailer_of_url
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.registry import gateway_of_method
from commerce.payments.rules import PaymentMethod

GATEWAY = f"gateway.{gateway_of_method(PaymentMethod.BANK_TRANSFER)}"


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


def looks_like_iban(text: str) -> bool:
    """Whether it begins as an IBAN does: two letters and two digits."""
    return text[:2].isalpha() and text[2:4].isdecimal()


def check_bank_account(typed: str) -> str:
    """An IBAN with the right check digits, or another number. Raises ``BusinessError``."""
    compact = "".join(typed.split())
    field = "iban" if looks_like_iban(compact) else "account_number"
    return setting_check(f"{GATEWAY}.{field}")(typed)


def save_bank_account(answers: Mapping[str, str], ctx: Context) -> list[str]:
    """What changed, in a line each; a new account is offered to clients at once."""
    if not answers:
        return []
    is_new = not is_changed(f"{GATEWAY}.account_name")
    return save_settings({**answers, **({f"{GATEWAY}.enabled": "on"} if is_new else {})}, ctx)


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
