"""Fills an installation for tests of its server: ``python -m tests.api.installation`` prints what it made, as JSON.

It has 30 services of Alice and some of all else, a service of Charlie, and a token of each.
"""

import json

from commerce.config import console


def main() -> None:
    console.load_django()
    from django.core.management import call_command

    from commerce.cli.databases.migrations import pending_migrations

    if pending_migrations():
        call_command("migrate", verbosity=0)
    from tests.make import (
        make_client,
        make_domain,
        make_invoice,
        make_order,
        make_service,
        make_token,
    )
    from tests.make.service_lists import make_many_services

    alice, charlie = (
        make_client(owner="alice@example.com"),
        make_client(owner="charlie@example.com"),
    )
    services = make_many_services(alice, 30)
    for status in ("unpaid", "paid", "refunded"):
        make_invoice(alice, status)
        make_order(alice)
        make_domain(alice)
    token, plain = make_token(alice)
    print(  # noqa: T201 - what the test reads
        json.dumps(
            {
                "alice": plain,
                "alice_token_id": token.pk,
                "charlie": make_token(charlie)[1],
                "services": services,
                "foreign": make_service(charlie).pk,
            }
        )
    )


if __name__ == "__main__":
    main()
