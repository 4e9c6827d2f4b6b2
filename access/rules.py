"""What each path needs: one table. A test holds that every route of the collector stands in it, and nothing else."""

from journalhub.access.roles import Role

RULES: dict[tuple[str, str], Role] = {
    # The page's files hold no log text; what they ask for does.
    ("GET", "/"): Role.NOBODY,
    ("GET", "/assets/{name}"): Role.NOBODY,
    ("GET", "/login"): Role.NOBODY,
    ("GET", "/login.css"): Role.NOBODY,
    ("POST", "/login"): Role.NOBODY,
    ("GET", "/login/oidc"): Role.NOBODY,
    ("GET", "/login/oidc/callback"): Role.NOBODY,
    ("POST", "/logout"): Role.NOBODY,
    ("GET", "/healthz"): Role.NOBODY,
    ("GET", "/readyz"): Role.NOBODY,
    ("GET", "/metrics"): Role.OPERATOR,
    # Enrolment brings its own proof: a token, or the certificate to renew.
    ("GET", "/api/v1/authority"): Role.NOBODY,
    ("POST", "/api/v1/enroll"): Role.NOBODY,
    ("POST", "/api/v1/renew"): Role.SENDER,
    ("POST", "/api/v1/ingest"): Role.SENDER,
    ("POST", "/upload"): Role.SENDER,
    ("POST", "/v1/logs"): Role.SENDER,
    ("GET", "/api/v1/resume"): Role.SENDER,
    ("GET", "/api/v1/entries"): Role.READER,
    ("GET", "/api/v1/count"): Role.READER,
    ("GET", "/api/v1/histogram"): Role.READER,
    ("GET", "/api/v1/facets"): Role.READER,
    ("GET", "/api/v1/events"): Role.READER,
    ("GET", "/api/v1/patterns"): Role.READER,
    ("GET", "/api/v1/fields"): Role.READER,
    ("GET", "/api/v1/values/{field}"): Role.READER,
    ("GET", "/api/v1/context"): Role.READER,
    ("GET", "/api/v1/contexts"): Role.READER,
    ("GET", "/api/v1/boots"): Role.READER,
    ("GET", "/api/v1/catalog"): Role.READER,
    ("GET", "/api/v1/invocations"): Role.READER,
    ("GET", "/api/v1/nodes"): Role.READER,
    ("GET", "/api/v1/users"): Role.READER,
    ("GET", "/api/v1/parse"): Role.READER,
    ("GET", "/api/v1/status"): Role.READER,
    ("GET", "/api/v1/tail"): Role.READER,
    ("GET", "/api/v1/export"): Role.READER,
    ("GET", "/api/v1/openapi.json"): Role.READER,
    ("GET", "/api/v1/whoami"): Role.READER,
    ("GET", "/api/v1/audit"): Role.ADMIN,
    ("GET", "/api/v1/alerts"): Role.OPERATOR,
    ("PUT", "/api/v1/alerts/{name}"): Role.OPERATOR,
    ("DELETE", "/api/v1/alerts/{name}"): Role.OPERATOR,
    ("POST", "/api/v1/alerts/{name}/test"): Role.OPERATOR,
    ("*", "/entries"): Role.READER,
    ("*", "/fields"): Role.READER,
    ("*", "/fields/{name}"): Role.READER,
    ("*", "/machine"): Role.READER,
    ("*", "/boots"): Role.READER,
    ("*", "/browse"): Role.READER,
}
"""(method, path as the router has it) -> the least role. `*` is every method."""


def needed_role(method: str, path: str) -> Role | None:
    """What a route needs, HEAD as much as GET; None for one that stands in no rule."""
    return RULES.get(("GET" if method == "HEAD" else method, path), RULES.get(("*", path)))
