"""What one round of pruning did."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """Rows deleted by one call, by table."""

    authorization_codes: int = 0
    access_tokens: int = 0
    refresh_tokens: int = 0
    device_codes: int = 0
    grants: int = 0
    rate_limits: int = 0
    used_proofs: int = 0

    @property
    def total(self) -> int:
        """All rows deleted; 0 means that nothing was left to prune."""
        return sum(astuple(self))
