"""What receivers are told: the JSON of a webhook, the alerts of an Alertmanager, a mail."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from journalhub.alerts.judging import Firing
from journalhub.alerts.limits import ENDS_SECONDS, KEYS_MAX
from journalhub.alerts.looking import SECOND
from journalhub.alerts.rule import Rule

FORMAT = 1
"""`format` of the document that a webhook gets; another number for one that is not understood in the same way."""

Json = dict[str, Any]


def notice(rule: Rule, now: int, firing: Sequence[Firing], resolved: Sequence[Firing]) -> Json:
    """The document that a webhook gets, and of which the other forms are made."""
    return {
        "format": FORMAT,
        "rule": rule.name,
        "kind": rule.kind,
        "query": rule.query or None,
        "state": "firing" if firing else "resolved",
        "at": now,
        "firing": [_member(one) for one in firing[:KEYS_MAX]],
        "resolved": [_member(one) for one in resolved[:KEYS_MAX]],
        "more": max(0, len(firing) - KEYS_MAX) + max(0, len(resolved) - KEYS_MAX),
    }


def trial(rule: Rule, now: int) -> Json:
    """A notification that says that notifications arrive."""
    return {**notice(rule, now, (), ()), "state": "test"}


def _member(one: Firing) -> Json:
    document = asdict(one.found)
    return {
        "key": document["key"],
        "subject": document["subject"],
        "since": one.since,
        "value": document["value"],
        "summary": document["summary"],
        "entries": list(document["sample"]),
    }


def for_alertmanager(document: Json) -> list[Json]:
    """The body of POST /api/v2/alerts."""
    now = document["at"]
    if document["state"] == "test":
        test = {"subject": "", "since": now, "summary": "a test of the rule", "entries": []}
        return [_alert(document, test, now + int(ENDS_SECONDS * SECOND))]
    ends = now + int(ENDS_SECONDS * SECOND)
    return [_alert(document, one, ends) for one in document["firing"]] + [
        _alert(document, one, now) for one in document["resolved"]
    ]


def _alert(document: Json, member: Json, ends: int) -> Json:
    labels = {"alertname": document["rule"], "job": "journalhub", "kind": document["kind"]}
    if member["subject"]:
        labels["subject"] = member["subject"]
    if document["state"] == "test":
        labels["test"] = "true"
    annotations = {"summary": member["summary"]}
    if member["entries"]:
        annotations["description"] = "\n".join(map(_line, member["entries"]))
    return {
        "labels": labels,
        "annotations": annotations,
        "startsAt": _stamp(member["since"]),
        "endsAt": _stamp(ends),
    }


def mail(document: Json, sender: str, to: str) -> EmailMessage:
    """The mail about it, in plain text."""
    message = EmailMessage()
    members = document["firing"] or document["resolved"]
    subjects = ", ".join(one["subject"] for one in members[:3] if one["subject"])
    rest = f" and {len(members) - 3} more" if len(members) > 3 else ""
    message["Subject"] = f"[journalhub] {document['state']}: {document['rule']}" + (
        f" ({subjects}{rest})" if subjects else ""
    )
    message["From"] = sender
    message["To"] = to
    message["Date"] = datetime.fromtimestamp(document["at"] / SECOND, UTC)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: answering machines are silent
    message.set_content("\n".join(_mail_lines(document)) + "\n")
    return message


def _mail_lines(document: Json) -> list[str]:
    if document["state"] == "test":
        return [f"This is a test: notifications of the rule {document['rule']} arrive here."]
    lines = []
    for state in ("firing", "resolved"):
        for one in document[state]:
            lines.append(f"{state}: {one['summary']}")
            lines.append(f"    since {_stamp(one['since'])}")
            if state == "firing":
                lines += [f"    {_line(entry)}" for entry in one["entries"]]
    if document["more"]:
        lines.append(f"and {document['more']} more")
    return lines


def _line(entry: dict[str, str]) -> str:
    return f"{_stamp(int(entry['time']))} {entry['host']} {entry['identifier']}: {entry['message']}"


def _stamp(microseconds: int) -> str:
    """RFC 3339, in UTC."""
    moment = datetime.fromtimestamp(microseconds // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
