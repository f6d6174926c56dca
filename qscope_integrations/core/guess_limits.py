"""How often secrets may be guessed; counted in the store, so that all processes count together.

User codes are short, so the limit is what protects them: an attempt beyond it is not looked up.
Client secrets are long. Their limit keeps guessing slow and visible, but never locks out a client
that has the right one: only failures are counted, and only a failure is refused. Otherwise anybody
could shut a client out by guessing in its name. A request with good credentials is not counted, and
costs nothing. Passwords are what people choose: each attempt is counted before it is looked at, and
a right one sets its counter back.
"""

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.errors import TooManyAttemptsError
from qscope_integrations.core.secrets import digest, keyed_digest
from qscope_store import ErrorCode, FailedResult, RateWindow

logger = logging.getLogger(__name__)

# One IPv6 customer has at least this many bits to choose addresses from.
_IPV6_PREFIX: Final = 64
# Invented client ids must not fill the table: they share 4096 counters for each address.
_BUCKET_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessLimit:
    """So many failed attempts in so many seconds, counted from the first one of a window."""

    attempts: int
    window_s: int

    def __post_init__(self) -> None:
        """Refuse a limit that nobody could keep."""
        if self.attempts < 1 or self.window_s < 1:
            raise ValueError("GuessLimit: give at least 1 for attempts and for window_s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessLimits:
    """The limits of one server."""

    user_code_by_account: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=10, window_s=600)
    )
    """For the signed-in user, in all browsers together, so that a new session gains nothing."""
    user_code_by_address: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=10, window_s=600)
    )
    user_code_in_all: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=100, window_s=60)
    )
    client_secret: GuessLimit = field(
        default_factory=lambda: GuessLimit(attempts=10_000, window_s=60)
    )
    """For one client id from one address, also for signed assertions. A secret has 256 bits, so
    this bounds the noise of guessing, not its chance; whoever registers weaker secrets wants a
    lower one."""
    password: GuessLimit = field(default_factory=lambda: GuessLimit(attempts=10, window_s=600))
    """For one user name from one address, in the password grant."""


def user_code_windows(context: RequestContext, external_id: str) -> tuple[RateWindow, ...]:
    """What a wrong user code counts in; nothing when the host limits guesses elsewhere."""
    limits = context.config.limits
    if limits is None:
        return ()
    windows = [_window(context, limits.user_code_by_account, "user code by account", external_id)]
    address = _network(context.http.client_address)
    if address is not None:
        windows.append(
            _window(context, limits.user_code_by_address, "user code by address", address)
        )
    windows.append(_window(context, limits.user_code_in_all, "user code", ""))
    return tuple(windows)


async def count_secret_failure(context: RequestContext, client_id: str) -> None:
    """Count a failed client authentication. Raises `TooManyAttemptsError` beyond the limit."""
    limits = context.config.limits
    if limits is None:
        return
    bucket = digest(client_id)[:_BUCKET_DIGITS]
    subject = f"{bucket} {_network(context.http.client_address)}"
    window = _window(context, limits.client_secret, "client secret", subject)
    counted = await context.session.rate_limits.hit(window, now=context.now, ray_id=context.ray_id)
    if isinstance(counted, FailedResult) and counted.error_code is ErrorCode.LIMITED:
        raise await too_many_attempts(context, [window], guessed="client_secret")


async def count_password_attempt(context: RequestContext, username: str) -> str | None:
    """Count an attempt before it is looked at; gives the id of its counter, if there is one.

    Of any number of attempts sent at once no more than the limit are looked at (RFC 6749 section
    4.3.2). A right password takes the counter away again. Raises `TooManyAttemptsError`.
    """
    limits = context.config.limits
    if limits is None:
        return None
    subject = f"{_network(context.http.client_address)} {username}"
    window = _window(context, limits.password, "password", subject)
    counted = await context.session.rate_limits.hit(window, now=context.now, ray_id=context.ray_id)
    if not isinstance(counted, FailedResult):
        return counted.client_message.id
    if counted.error_code is ErrorCode.LIMITED:
        raise await too_many_attempts(context, [window], guessed="password")
    return None


async def too_many_attempts(
    context: RequestContext,
    windows: Sequence[RateWindow],
    *,
    guessed: Literal["user_code", "client_secret", "password"],
) -> TooManyAttemptsError:
    """The error for an attempt that one of the windows had no room for."""
    wait_s = 1
    for window in windows:
        found = await context.session.rate_limits.get_by_key(window.key, ray_id=context.ray_id)
        if not isinstance(found, FailedResult) and found.client_message.hits >= window.limit:
            wait_s = max(wait_s, found.client_message.expires_at - context.now)
    logger.warning(
        "guess_limit_reached guessed=%s ray_id=%s retry_after_s=%d", guessed, context.ray_id, wait_s
    )
    return TooManyAttemptsError(retry_after_s=wait_s)


def _window(context: RequestContext, limit: GuessLimit, kind: str, subject: str) -> RateWindow:
    key = keyed_digest(context.config.derive_key("guess limits"), f"{kind}\n{subject}")
    return RateWindow(key=key, limit=limit.attempts, window_s=limit.window_s)


def _network(address: str | None) -> str | None:
    """Who is behind an address: an IPv4 address, or the network of an IPv6 address."""
    if address is None:
        return None
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, _IPV6_PREFIX), strict=False))
