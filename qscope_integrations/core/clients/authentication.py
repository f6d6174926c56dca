"""Client authentication (RFC 6749 section 2.3): one mechanism, read strictly, once per request.

An unknown or disabled client, a wrong secret or signature, and a method for which the client is not
registered all lead to the same response after the same work. Only the log contains the reason.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.kernel.assertions import (
    Assertion,
    AssertionRefusedError,
    check_claims,
    read_assertion,
    spend_assertion,
    verify_signature,
)
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import Refusal, refusal, refusal_of
from qscope_integrations.core.kernel.guess_limits import count_secret_failure
from qscope_integrations.core.kernel.http import HttpRequest
from qscope_integrations.core.kernel.parameters import Parameters
from qscope_integrations.core.kernel.secrets import check_client_secret, hash_client_secret

AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
"""Every way in which a client can authenticate; the last is for public clients."""
CLIENT_PARAMETERS: Final = (
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
)
"""The form parameters of client authentication."""
MAX_CREDENTIAL_LENGTH: Final = 1024
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_NO_SECRET: Final = hash_client_secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """What the client presented, and how."""

    client_id: str
    client_secret: str = field(default="", repr=False)
    assertion: Assertion | None = None
    method: str


async def authenticate_client(context: RequestContext, clients: ClientAdapter) -> OAuthClient:
    """The client that sent the request.

    Raises `InvalidRequestError` for two mechanisms at once, unless one is an assertion. Otherwise
    it raises `InvalidClientError`, or `TooManyAttemptsError` after too many failures.
    """
    credentials = _read_credentials(context.http, context.parameters)
    registration = await clients.find(context, credentials.client_id)
    client = None if registration is None else OAuthClient(registration)
    problem = _check_proof(context, client, credentials)
    if client is None or problem is not None:
        await count_secret_failure(context, credentials.client_id)
        raise unauthenticated(
            "the client is unknown" if problem is None else problem.reason,
            credentials.client_id,
            is_suspicious=problem is not None and problem.is_suspicious,
        )
    if credentials.assertion is not None:
        await _spend(context, credentials.assertion, credentials.client_id)
    return client


def unauthenticated(
    reason: str, client_id: str | None = None, *, is_suspicious: bool = False
) -> InvalidClientError:
    """The one error of every failed authentication, with its reason for the log."""
    error = InvalidClientError("Client authentication failed.", status_code=401)
    return refusal(error, reason, client_id=client_id, is_suspicious=is_suspicious)


def _check_proof(
    context: RequestContext, client: OAuthClient | None, credentials: ClientCredentials
) -> Refusal | None:
    """Why the credentials do not prove the client's identity; None if they do.

    An unknown client takes the same work as a known one.
    """
    if credentials.assertion is None:
        problem = _check_secret(context, client, credentials)
    else:
        problem = _check_assertion(context, client, credentials.assertion)
    if client is None:
        return Refusal(reason="the client is unknown")
    if not client.row.is_enabled:
        return Refusal(reason="the client is disabled")
    if client.row.token_endpoint_auth_method != credentials.method:
        return Refusal(reason=f"the client is not registered for {credentials.method}")
    if credentials.method == "none":
        is_confidential = client.row.is_confidential
        return Refusal(reason="the client is confidential") if is_confidential else None
    return problem


def _check_assertion(
    context: RequestContext, client: OAuthClient | None, assertion: Assertion
) -> Refusal | None:
    try:
        verify_signature(assertion, None if client is None else client.config.jwks)
        check_claims(assertion, audience=context.settings.issuer, now=context.now)
    except AssertionRefusedError as error:
        return Refusal(reason=str(error), is_suspicious=error.is_suspicious)
    return None


def _check_secret(
    context: RequestContext, client: OAuthClient | None, credentials: ClientCredentials
) -> Refusal | None:
    stored = None if client is None else client.row.client_secret
    is_right = check_client_secret(credentials.client_secret, stored or _NO_SECRET)
    if client is None or stored is None or not is_right:
        return Refusal(reason="the client secret is wrong")
    expires_at = client.row.client_secret_expires_at
    is_valid = expires_at is None or context.now < expires_at
    return None if is_valid else Refusal(reason="the client secret has expired")


async def _spend(context: RequestContext, assertion: Assertion, client_id: str) -> None:
    try:
        await spend_assertion(context, assertion)
    except AssertionRefusedError as error:
        await count_secret_failure(context, client_id)
        raise unauthenticated(str(error), client_id, is_suspicious=error.is_suspicious) from None


def _read_credentials(http: HttpRequest, parameters: Parameters) -> ClientCredentials:
    """The credentials of the request. Raises like `authenticate_client`."""
    body_id, body_secret = parameters.get("client_id") or "", parameters.get("client_secret") or ""
    headers = http.header_values("authorization")
    is_asserted = any(
        parameters.get(name) for name in ("client_assertion", "client_assertion_type")
    )
    if bool(headers) + bool(body_secret) + is_asserted > 1 or len(headers) > 1:
        raise _several_mechanisms(is_asserted=is_asserted)
    if headers:
        return _of_one_client(_read_basic(headers[0]), body_id)
    if is_asserted:
        return _of_one_client(_read_assertion(parameters), body_id)
    if not _is_plausible(body_id):
        raise unauthenticated("the request names no client")
    if not body_secret:
        return ClientCredentials(client_id=body_id, method="none")
    if not _is_plausible(body_secret):
        raise unauthenticated("the secret is not printable ASCII", body_id)
    return ClientCredentials(
        client_id=body_id, client_secret=body_secret, method="client_secret_post"
    )


def _several_mechanisms(*, is_asserted: bool) -> OAuth2Error:
    """The error of RFC 6749 section 5.2, and of RFC 7521 section 4.2.1 next to an assertion."""
    description = "Use one client authentication method only."
    if is_asserted:
        return InvalidClientError(description, status_code=401)
    return InvalidRequestError(description)


def _of_one_client(credentials: ClientCredentials, body_id: str) -> ClientCredentials:
    if body_id and body_id != credentials.client_id:
        raise InvalidRequestError("The client_id differs from the authenticated client.")
    return credentials


def _read_basic(header: str) -> ClientCredentials:
    """HTTP Basic, each half form-encoded first (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise unauthenticated("the Authorization header is not Basic")
    try:
        text = base64.b64decode(encoded.strip(" "), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise unauthenticated("the Basic header is malformed") from None
    encoded_id, colon, encoded_secret = text.partition(":")
    client_id, client_secret = unquote_plus(encoded_id), unquote_plus(encoded_secret)
    if not colon or not _is_plausible(client_id) or not _is_plausible(client_secret):
        named = client_id if _is_plausible(client_id) else None
        raise unauthenticated("the Basic header lacks an id or a secret", named)
    return ClientCredentials(
        client_id=client_id, client_secret=client_secret, method="client_secret_basic"
    )


def _is_plausible(text: str) -> bool:
    """Printable ASCII of bounded length (RFC 6749 appendix A.1 and A.2)."""
    return 0 < len(text) <= MAX_CREDENTIAL_LENGTH and text.isascii() and text.isprintable()


def _read_assertion(parameters: Parameters) -> ClientCredentials:
    """A signed assertion of the client about itself (RFC 7523 section 2.2 and 3)."""
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise unauthenticated("client_assertion_type is missing or unknown")
    try:
        assertion = read_assertion(parameters.get("client_assertion") or "")
        issuer, client_id = assertion.claim("iss"), assertion.claim("sub")
    except AssertionRefusedError as error:
        raise unauthenticated(str(error)) from None
    if issuer != client_id or not _is_plausible(client_id):
        raise unauthenticated("iss and sub do not name one client")
    return ClientCredentials(client_id=client_id, assertion=assertion, method="private_key_jwt")


def presented_client_id(http: HttpRequest, parameters: Parameters) -> str | None:
    """The client that the request names, without proof; for the log."""
    try:
        return _read_credentials(http, parameters).client_id
    except OAuth2Error as error:
        known = refusal_of(error).client_id or parameters.get("client_id")
    headers = http.header_values("authorization")
    if known is None and headers and parameters.values:
        # Several credentials at once; the header names its client as well.
        return presented_client_id(http, Parameters())
    return known
