"""Reading and verifying bearer tokens, and the challenges for invalid ones (RFC 6750)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import REALM, Problem, Refusal
from qscope_integrations.core.tokens.issuing import TokenAdapter
from qscope_store import ActiveToken, FailedResult

MAX_TOKEN_LENGTH: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What your application learns about the token of a request."""

    client_id: str
    """The OAuth `client_id`."""
    external_id: str | None
    """Your application's key of the user; None for a client on its own behalf."""
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    expires_at: int
    """Epoch seconds."""


BearerError = Literal["missing_token", "invalid_request", "invalid_token", "insufficient_scope"]


def read_bearer(headers: Sequence[str], query: bytes) -> str | None:
    """The token of the `Authorization` headers; None when none of them is a Bearer header.

    Raises `ValueError` when it is malformed or not the only credential (RFC 6750 section 2).
    """
    credentials = [value.partition(" ") for value in headers]
    tokens = [rest.strip(" ") for scheme, _, rest in credentials if scheme.lower() == "bearer"]
    if not tokens:
        return None
    token = tokens[0]
    if len(credentials) > 1 or not 0 < len(token) <= MAX_TOKEN_LENGTH:
        raise ValueError("Send one bearer token.")
    if _has_token(query):
        raise ValueError("Send the bearer token in the header only.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("The bearer token is malformed.")
    return token


def _has_token(query: bytes) -> bool:
    """Whether the query has the reserved parameter of RFC 6750 section 2.3."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return any(name == "access_token" for name, _ in pairs)


async def verify_bearer(
    context: RequestContext, tokens: TokenAdapter, token: str
) -> TokenInfo | Refusal:
    """What the token represents, or why it is refused here."""
    found = await tokens.find_active_access_token(context, token)
    if isinstance(found, FailedResult):
        return Refusal(reason=f"the token is {found.error_code.value}")
    active = found.client_message
    own = context.settings.api_resource
    if own is not None and own not in active.token.resource:
        reason = "the token is for another resource"
        return Refusal(reason=reason, client_id=active.client_identifier)
    return token_info(active)


def token_info(active: ActiveToken) -> TokenInfo:
    """The facts of a valid token."""
    return TokenInfo(
        client_id=active.client_identifier,
        external_id=active.external_id,
        scopes=active.token.scopes,
        resources=active.token.resource,
        expires_at=active.token.expires_at,
    )


_DESCRIPTIONS: Final[dict[BearerError, str]] = {
    "missing_token": "Send an access token in the Authorization header.",
    "invalid_request": "Send one well-formed access token, in the Authorization header only.",
    "invalid_token": "The access token is unknown, expired or revoked.",
    "insufficient_scope": "The access token does not cover this.",
}

_STATUS: Final[dict[BearerError, int]] = {
    "missing_token": 401,
    "invalid_request": 400,
    "invalid_token": 401,
    "insufficient_scope": 403,
}


def bearer_problem(error: BearerError, scopes: Iterable[str] = ()) -> Problem:
    """The challenge for a refused request (RFC 6750 section 3)."""
    challenge = f'Bearer realm="{REALM}"'
    # Section 3.1: without any credentials the challenge carries no error code.
    if error != "missing_token":
        challenge += f', error="{error}", error_description="{_DESCRIPTIONS[error]}"'
    needed = " ".join(scopes)
    if needed and error in {"insufficient_scope", "missing_token"}:
        challenge += f', scope="{needed}"'
    return Problem(
        status=_STATUS[error],
        error="invalid_request" if error == "missing_token" else error,
        description=_DESCRIPTIONS[error],
        headers=(("www-authenticate", challenge),),
    )


class BearerRefusedError(Exception):
    """A request is refused; the plugin responds with the challenge of RFC 6750 section 3."""

    def __init__(self, error: BearerError, scopes: Iterable[str] = ()) -> None:
        self.problem = bearer_problem(error, scopes)
        super().__init__(self.problem.description)
        self.error: BearerError = error
