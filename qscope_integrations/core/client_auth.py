"""Who the client is (RFC 6749 section 2.3): one mechanism, read strictly, once per request.

An unknown client, a disabled one, a wrong secret and a method the client is not registered for all
give the same answer after the same work.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.guess_limits import count_secret_failure
from qscope_integrations.core.secrets import check_client_secret, hash_client_secret

MAX_CREDENTIAL_LENGTH: Final = 1024

_NO_SECRET: Final = hash_client_secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """What the client presented, and how."""

    client_id: str
    client_secret: str = field(default="", repr=False)
    method: str


async def authenticate_client(context: RequestContext) -> OAuthClient:
    """The client that sent the request.

    Raises `InvalidRequestError` for two mechanisms at once, `InvalidClientError` otherwise, and
    `TooManyAttemptsError` instead of it when there were too many failures.
    """
    credentials = read_credentials(context)
    registration = await context.config.clients.find(context, credentials.client_id)
    client = None if registration is None else OAuthClient(registration)
    stored = _NO_SECRET if client is None else client.row.client_secret or _NO_SECRET
    has_secret = check_client_secret(credentials.client_secret, stored)
    if client is None or not _is_accepted(context, client, credentials, has_secret=has_secret):
        await count_secret_failure(context, credentials.client_id)
        raise refused()
    return client


def refused() -> InvalidClientError:
    """The one answer to every failed authentication."""
    return InvalidClientError("Client authentication failed.", status_code=401)


def read_credentials(context: RequestContext) -> ClientCredentials:
    """What the request presents; raises as `authenticate_client` does."""
    parameters = context.parameters
    body_id, body_secret = parameters.get("client_id"), parameters.get("client_secret")
    headers = context.http.header_values("authorization")
    asserted = parameters.get("client_assertion") or parameters.get("client_assertion_type")
    mechanisms = bool(headers) + (body_secret is not None) + (asserted is not None)
    if mechanisms > 1 or len(headers) > 1:
        raise InvalidRequestError("Use one client authentication method only.")
    if headers:
        credentials = _read_basic(headers[0])
        if body_id is not None and body_id != credentials.client_id:
            raise InvalidRequestError("The client_id differs from the authenticated client.")
        return credentials
    if not body_id or asserted is not None or not _is_plausible(body_id):
        raise refused()
    if body_secret is None:
        return ClientCredentials(client_id=body_id, method="none")
    if not _is_plausible(body_secret):
        raise refused()
    return ClientCredentials(
        client_id=body_id, client_secret=body_secret, method="client_secret_post"
    )


def _read_basic(header: str) -> ClientCredentials:
    """HTTP Basic, each half form-encoded first (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise refused()
    try:
        text = base64.b64decode(encoded.strip(" "), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise refused() from None
    encoded_id, colon, encoded_secret = text.partition(":")
    client_id, client_secret = unquote_plus(encoded_id), unquote_plus(encoded_secret)
    if not colon or not _is_plausible(client_id) or not _is_plausible(client_secret):
        raise refused()
    return ClientCredentials(
        client_id=client_id, client_secret=client_secret, method="client_secret_basic"
    )


def _is_plausible(text: str) -> bool:
    """Printable ASCII of bounded length (RFC 6749 appendix A.1 and A.2)."""
    return 0 < len(text) <= MAX_CREDENTIAL_LENGTH and text.isascii() and text.isprintable()


def _is_accepted(
    context: RequestContext,
    client: OAuthClient,
    credentials: ClientCredentials,
    *,
    has_secret: bool,
) -> bool:
    row = client.row
    if not row.is_enabled or row.token_endpoint_auth_method != credentials.method:
        return False
    if credentials.method == "none":
        return not row.is_confidential
    expires_at = row.client_secret_expires_at
    is_current = expires_at is None or context.now < expires_at
    return has_secret and row.client_secret is not None and is_current
