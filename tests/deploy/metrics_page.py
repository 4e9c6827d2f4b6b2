"""docs/metrics.md, from the tables: `python -m tests.deploy.metrics_page` writes it anew."""

from pathlib import Path

from journalhub.alerts import numbers
from journalhub.collector import metrics
from journalhub.journal.metrics import document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"

TABLES = (("Collector", metrics.TABLE), ("Alerts", numbers.TABLE))

_HEAD = """\
# Metrics

This page is generated from the tables that `GET /metrics` itself is made from, in the text format of Prometheus.
Where authentication is on it needs a token of an operator:

    journalhub token create prometheus --role operator

    # prometheus.yml
    scrape_configs:
      - job_name: journalhub
        scheme: https
        authorization: {credentials_file: /etc/prometheus/journalhub.token}
        tls_config: {ca_file: /etc/prometheus/journalhub-authority.pem}      # journalhub ca show
        static_configs: [{targets: ['hub.example.net:19532']}]

Alert rules are in `deploy/prometheus/journalhub.rules.yml`, a dashboard for Grafana in
`deploy/grafana/journalhub.json`. What single nodes do is in `/api/v1/nodes`, not here: a fleet would be a series for
each. Counters that say "since the start" begin at 0 when the collector is started; the others are of all time.
"""


def page() -> str:
    """The whole page."""
    return _HEAD + document(TABLES)


if __name__ == "__main__":
    PAGE.write_text(page())
