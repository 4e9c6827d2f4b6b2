"""The alerts' numbers on `GET /metrics`."""

from journalhub.journal.metrics import Metric, Table

TABLE: Table = (
    Metric("alert_rules", "gauge", "Rules of alerts."),
    Metric(
        "alert_rules_failing",
        "gauge",
        "Rules that could not be looked at the last time.",
        "above 0: `journalhub alert list`, the log",
    ),
    Metric("alerts_firing", "gauge", "Things that rules fire for."),
    Metric(
        "alert_notifications_waiting",
        "gauge",
        "Notifications that wait for their receivers.",
        "above 0 for long: a receiver does not answer",
    ),
    Metric("alert_notifications_sent_total", "counter", "Notifications that receivers took, since the start."),
    Metric(
        "alert_notifications_failed_total",
        "counter",
        "Attempts that failed, since the start.",
        "rises: the log says which receiver",
    ),
    Metric(
        "alert_notifications_given_up_total",
        "counter",
        "Notifications that no receiver took in a day, since the start.",
    ),
)
