"""What one round of pruning did."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """Rows deleted by one call, by kind."""

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
        return (
            self.authorization_codes
            + self.access_tokens
            + self.refresh_tokens
            + self.device_codes
            + self.grants
            + self.rate_limits
            + self.used_proofs
        )
