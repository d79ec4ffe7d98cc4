"""`commerce metrics`: what a monitoring system asks, printed once."""

import click

from commerce.server.metrics import metrics_text


@click.command()
def metrics() -> None:
    """Print metrics for Prometheus.

    Covers background jobs, emails, and the daily run. For request metrics, use `commerce serve --metrics-port`.
    """
    click.echo(metrics_text().decode(), nl=False)
