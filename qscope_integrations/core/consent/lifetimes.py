"""How long access lasts, in words for the consent page (RFC 6749 section 10.2)."""

from typing import Final

from qscope_integrations.core.clients.client import OAuthClient

_UNITS: Final = ((24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def access_lifetime(client: OAuthClient) -> str:
    """The text after "Access ends after"; a client that may refresh keeps access by using it."""
    if client.check_grant_type("refresh_token"):
        return f"{in_words(client.config.refresh_token_ttl)} without use"
    return in_words(client.config.access_token_ttl)


def in_words(seconds: int) -> str:
    """The exact duration in the largest unit that divides it."""
    size, name = next(unit for unit in _UNITS if seconds % unit[0] == 0)
    number = seconds // size
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
