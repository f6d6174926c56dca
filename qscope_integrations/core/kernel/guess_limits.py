"""Counting guesses in the store, so that the limits hold for all processes together.

User codes are short, so the limit is what protects them: a code beyond it is not looked up.
Client secrets are long. Their limit makes guessing visible and bounds its load, but never locks out
a client that presents the right secret: only failures are counted, and only failures are refused.
Otherwise anyone could lock a client out by guessing in its name. Passwords are chosen by people, so
each attempt is counted before it is checked, and a correct password resets the counter.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final, Literal

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import TooManyAttemptsError, refusal
from qscope_integrations.core.kernel.limits import GuessLimit
from qscope_integrations.core.kernel.secrets import digest, keyed_digest
from qscope_store import ErrorCode, FailedResult, RateWindow

# An IPv6 customer controls at least all addresses of one such prefix.
_IPV6_PREFIX: Final = 64
# Invented client ids must not fill the table, so all ids share 4096 counters per address.
_BUCKET_DIGITS: Final = 3


def user_code_windows(context: RequestContext, external_id: str) -> tuple[RateWindow, ...]:
    """The windows in which a wrong user code counts; none when a gateway limits guesses."""
    limits = context.settings.limits
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
    limits = context.settings.limits
    if limits is None:
        return
    bucket = digest(client_id)[:_BUCKET_DIGITS]
    subject = f"{bucket} {_network(context.http.client_address)}"
    window = _window(context, limits.client_secret, "client secret", subject)
    counted = await context.session.rate_limits.hit(window, now=context.now, ray_id=context.ray_id)
    if isinstance(counted, FailedResult) and counted.error_code is ErrorCode.LIMITED:
        raise await too_many_attempts(context, [window], guessed="client_secret")


async def count_password_attempt(context: RequestContext, username: str) -> str | None:
    """Count an attempt before it is checked; return the id of its counter, if there is one.

    Of any number of simultaneous attempts, at most the limit are checked (RFC 6749 section 4.3.2).
    A correct password deletes the counter. Raises `TooManyAttemptsError`.
    """
    limits = context.settings.limits
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
    """The error for an attempt that exceeds the limit of one of the windows."""
    wait_s = 1
    for window in windows:
        found = await context.session.rate_limits.get_by_key(window.key, ray_id=context.ray_id)
        if not isinstance(found, FailedResult) and found.client_message.hits >= window.limit:
            wait_s = max(wait_s, found.client_message.expires_at - context.now)
    return refusal(
        TooManyAttemptsError(retry_after_s=wait_s),
        f"the limit of guesses at a {guessed} was reached",
        is_suspicious=True,
    )


def _window(context: RequestContext, limit: GuessLimit, kind: str, subject: str) -> RateWindow:
    key = keyed_digest(context.settings.derive_key("guess limits"), f"{kind}\n{subject}")
    return RateWindow(key=key, limit=limit.attempts, window_s=limit.window_s)


def _network(address: str | None) -> str | None:
    """What counts as one caller: an IPv4 address, or the network of an IPv6 address."""
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
