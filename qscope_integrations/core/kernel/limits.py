"""How often secrets may be guessed, as values; `guess_limits` counts."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessLimit:
    """How many attempts may fail in a window of time, which begins with the first."""

    attempts: int
    """How many attempts may fail in a window."""
    window_s: int
    """Seconds, counted from the first failed attempt."""

    def __post_init__(self) -> None:
        """Refuse a limit that would allow no attempt."""
        if self.attempts < 1 or self.window_s < 1:
            raise ValueError("GuessLimit: attempts and window_s must be at least 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessLimits:
    """The limits of one server."""

    user_code_by_account: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=10, window_s=600)
    )
    """For the signed-in user in all browsers together, so that a new session is no way around."""
    user_code_by_address: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=10, window_s=600)
    )
    """For one address, or one IPv6 network, whatever the account."""
    user_code_in_all: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=100, window_s=60)
    )
    """For all accounts and addresses together."""
    client_secret: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=10_000, window_s=60)
    )
    """For one client id from one address; failed assertions count as well. Secrets have 256 random
    bits, so this limits the load of guessing, not its success. Weaker ones need a lower limit."""
    password: GuessLimit = field(default_factory=lambda: GuessLimit(attempts=10, window_s=600))
    """For one user name from one address, in the password grant."""
