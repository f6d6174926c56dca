"""What a client presents of itself (RFC 6749 section 2.3): one mechanism, read strictly."""

import base64
import binascii
import logging
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from qscope_integrations.core.assertions import Assertion, AssertionRefusedError, read_assertion
from qscope_integrations.core.context import RequestContext

logger = logging.getLogger(__name__)

MAX_CREDENTIAL_LENGTH: Final = 1024
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """What the client presented, and how."""

    client_id: str
    client_secret: str = field(default="", repr=False)
    assertion: Assertion | None = None
    method: str


def refused() -> InvalidClientError:
    """The one answer to every failed authentication."""
    return InvalidClientError("Client authentication failed.", status_code=401)


def log_refusal(context: RequestContext, error: AssertionRefusedError) -> None:
    """Tell the operator what the client is not told."""
    logger.info("client_assertion_refused ray_id=%s reason=%s", context.ray_id, error)


def read_credentials(context: RequestContext) -> ClientCredentials:
    """What the request presents; raises as `authenticate_client` does."""
    parameters = context.parameters
    body_id, body_secret = parameters.get("client_id") or "", parameters.get("client_secret") or ""
    headers = context.http.header_values("authorization")
    is_asserted = any(
        parameters.get(name) for name in ("client_assertion", "client_assertion_type")
    )
    if bool(headers) + bool(body_secret) + is_asserted > 1 or len(headers) > 1:
        raise _several_mechanisms(is_asserted=is_asserted)
    if headers:
        return _of_one_client(_read_basic(headers[0]), body_id)
    if is_asserted:
        return _of_one_client(_read_assertion(context), body_id)
    if not _is_plausible(body_id):
        raise refused()
    if not body_secret:
        return ClientCredentials(client_id=body_id, method="none")
    if not _is_plausible(body_secret):
        raise refused()
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


def _read_assertion(context: RequestContext) -> ClientCredentials:
    """A signed assertion of the client about itself (RFC 7523 section 2.2 and 3)."""
    if context.parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise refused()
    try:
        assertion = read_assertion(context.parameters.get("client_assertion") or "")
        issuer, client_id = assertion.claim("iss"), assertion.claim("sub")
    except AssertionRefusedError as error:
        log_refusal(context, error)
        raise refused() from None
    if issuer != client_id or not _is_plausible(client_id):
        raise refused()
    return ClientCredentials(client_id=client_id, assertion=assertion, method="private_key_jwt")
