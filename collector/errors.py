"""Why the collector does not take something, as its answers say it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Refusal(Exception):
    """A request is answered with `status` and this text; nothing of what it asked for is acknowledged."""

    status: int
    what: str
    """What went wrong, with what was got and what was wanted."""
    do: str
    """What the sender, or an administrator, does about it."""
    where: str = ""
    """Header, parameter or place in the body."""
    retry_after: int | None = None
    """Seconds."""

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        return f"{self.what}{where}; {self.do}" if self.do else self.what + where
