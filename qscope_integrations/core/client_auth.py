"""Who the client is (RFC 6749 section 2.3): one mechanism, read strictly, once per request.

An unknown client, a disabled one, a wrong secret or signature and a method the client is not
registered for all give the same answer after the same work.
"""

from typing import Final

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.assertions import (
    Assertion,
    AssertionRefusedError,
    check_claims,
    spend_assertion,
    verify_signature,
)
from qscope_integrations.core.client_credentials import (
    ClientCredentials,
    log_refusal,
    read_credentials,
    refused,
)
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.guess_limits import count_secret_failure
from qscope_integrations.core.secrets import check_client_secret, hash_client_secret

_NO_SECRET: Final = hash_client_secret("")


async def authenticate_client(context: RequestContext) -> OAuthClient:
    """The client that sent the request.

    Raises `InvalidRequestError` for two mechanisms at once unless one is an assertion,
    `InvalidClientError` otherwise, and `TooManyAttemptsError` instead of it when there were too
    many failures.
    """
    credentials = read_credentials(context)
    registration = await context.config.clients.find(context, credentials.client_id)
    client = None if registration is None else OAuthClient(registration)
    has_proof = _has_proof(context, client, credentials)
    if client is None or not _is_accepted(client, credentials, has_proof=has_proof):
        await count_secret_failure(context, credentials.client_id)
        raise refused()
    if credentials.assertion is not None:
        await _spend(context, credentials.assertion, credentials.client_id)
    return client


def _has_proof(
    context: RequestContext, client: OAuthClient | None, credentials: ClientCredentials
) -> bool:
    """Whether the secret or the signature is right; takes the same work for an unknown client."""
    if credentials.assertion is None:
        return _has_secret(context, client, credentials)
    try:
        verify_signature(credentials.assertion, None if client is None else client.config.jwks)
        check_claims(credentials.assertion, audience=context.config.issuer, now=context.now)
    except AssertionRefusedError as error:
        log_refusal(context, error)
        return False
    return True


def _has_secret(
    context: RequestContext, client: OAuthClient | None, credentials: ClientCredentials
) -> bool:
    stored = None if client is None else client.row.client_secret
    is_right = check_client_secret(credentials.client_secret, stored or _NO_SECRET)
    if client is None or stored is None:
        return False
    expires_at = client.row.client_secret_expires_at
    return is_right and (expires_at is None or context.now < expires_at)


def _is_accepted(client: OAuthClient, credentials: ClientCredentials, *, has_proof: bool) -> bool:
    row = client.row
    if not row.is_enabled or row.token_endpoint_auth_method != credentials.method:
        return False
    return not row.is_confidential if credentials.method == "none" else has_proof


async def _spend(context: RequestContext, assertion: Assertion, client_id: str) -> None:
    try:
        await spend_assertion(context, assertion)
    except AssertionRefusedError as error:
        log_refusal(context, error)
        await count_secret_failure(context, client_id)
        raise refused() from None
