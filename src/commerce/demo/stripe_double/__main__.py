"""``python -m commerce.demo.stripe_double --port 8420 --webhook URL --webhook-secret whsec_…``: serve until ended."""

import argparse

from commerce.demo.stripe_double.server import StripeServer


def main() -> None:
    """Keys are those of a test account; they protect nothing."""
    parser = argparse.ArgumentParser(prog="stripe_double")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--secret-key", default="sk_test_double")
    parser.add_argument("--publishable-key", default="pk_test_double")
    parser.add_argument("--webhook", default="", help="where events are sent")
    parser.add_argument("--webhook-secret", default="whsec_double")
    options = parser.parse_args()
    server = StripeServer(
        options.port, secret_key=options.secret_key, publishable_key=options.publishable_key
    )
    if options.webhook:
        server.double.send_events_to(options.webhook, options.webhook_secret)
    server.serve_forever()


if __name__ == "__main__":
    main()
