"""Why a request is not answered."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """A request that cannot be answered as it was asked: what is wrong, where, and what to do.

    `at` is the character of the parameter's text where it breaks. `code` names the few cases that a client tells
    apart; `journalctl` is the line that journalctl itself prints in that case.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        do: str = "",
        at: int | None = None,
        status: int = 400,
        code: str | None = None,
        journalctl: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do
        self.at = at
        self.status = status
        self.code = code
        self.journalctl = journalctl
        self.retry_after = retry_after
        """Seconds after which the same request may succeed."""

    def document(self) -> dict[str, Any]:
        """The body of the answer, as docs/api.md has it."""
        error: dict[str, Any] = {"what": self.what, "where": self.where, "do": self.do}
        for key in ("at", "code", "journalctl"):
            value = getattr(self, key)
            if value is not None:
                error[key] = value
        return {"error": error}
