"""Settings that work but are unsafe. `QScopeConfig` itself refuses settings that cannot work."""

from collections.abc import Callable, Iterator
from typing import Final

from qscope_integrations.core.feature import Finding
from qscope_integrations.core.kernel.limits import GuessLimit
from qscope_integrations.core.server.config import QScopeConfig
from qscope_integrations.core.server.features import FEATURES

_FEWEST_DIFFERENT_BYTES: Final = 10
"""32 random bytes have more, also when written in hexadecimal or base64."""
_PLACEHOLDERS: Final = (b"change", b"secret", b"password", b"example", b"insecure", b"12345678")
_LONG_CONSENT_S: Final = 3600
_CODE_LIFETIME_S: Final = 600
# RFC 8628 section 5.1: of 2^34 codes, so many guesses find a given one with a chance of 2^-20.
_MOST_GUESSES: Final = 2**34 // 2**20


def acceptable_names(config: QScopeConfig | None) -> frozenset[str]:
    """The names of findings about settings: each is a setting or a feature."""
    features = () if config is None else tuple(config.features)
    names = {each.name for each in FEATURES} | {each.name for each in features}
    return frozenset(names.union(_CHECKS))


def check_settings(config: QScopeConfig) -> Iterator[Finding]:
    """What is unsafe, each finding with its remedy."""
    for name, check in _CHECKS.items():
        problem = check(config)
        if problem is not None:
            yield Finding(area="setting", name=name, problem=problem)
    for feature in config.features:
        yield from feature.findings(config.settings)


def _issuer(config: QScopeConfig) -> str | None:
    if config.settings.is_https:
        return None
    return "is http, which is safe on loopback only: use the https URL of the server (RFC 8414)"


def _secret_key(config: QScopeConfig) -> str | None:
    key = config.settings.secret_key
    lower = key.lower()
    # Random text contains no words, and bytes outside ASCII are not text.
    is_written = key.isascii() and (b" " in key or any(word in lower for word in _PLACEHOLDERS))
    if len(set(key)) >= _FEWEST_DIFFERENT_BYTES and not is_written:
        return None
    return (
        "can be guessed: generate a random one, for example with"
        ' `python -c "import secrets; print(secrets.token_urlsafe(32))"`'
    )


def _limits(config: QScopeConfig) -> str | None:
    if config.limits is None:
        return "is None, so secrets can be guessed at any rate: leave the limits on"
    if _guesses(config.limits.user_code_in_all) > _MOST_GUESSES:
        return "allows too many user code guesses: lower user_code_in_all (RFC 8628 section 5.1)"
    return None


def _guesses(limit: GuessLimit) -> int:
    """How many guesses the limit allows during the lifetime of a code."""
    return limit.attempts * max(1, _CODE_LIFETIME_S // limit.window_s)


def _consent_ttl(config: QScopeConfig) -> str | None:
    if config.consent_ttl_s <= _LONG_CONSENT_S:
        return None
    return "keeps a consent page valid for over an hour: shorten it"


_CHECKS: Final[dict[str, Callable[[QScopeConfig], str | None]]] = {
    "issuer": _issuer,
    "secret_key": _secret_key,
    "limits": _limits,
    "consent_ttl_s": _consent_ttl,
}
