"""Resource indicators at the token endpoint (RFC 8707 section 2.2)."""

from authlib.oauth2 import OAuth2Error

from qscope_integrations.core.grants._spent import buys_nothing
from qscope_integrations.core.issuing import Credential
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.resources import resolve_resources


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The resource is malformed, unknown or more than was authorized (RFC 8707 section 2)."""

    error = "invalid_target"
    description = "The requested resource is not allowed."


def allowed_resources(request: ContextRequest) -> tuple[str, ...] | None:
    """What the client may name: its own list, else the server's; None means anything."""
    return request.client.config.resources or request.context.config.resources


def requested_resources(
    request: ContextRequest, allowed: tuple[str, ...] | None
) -> tuple[str, ...]:
    """The resources the request names. Raises `InvalidTargetError`."""
    resources = resolve_resources(request.context.parameters.resources, allowed)
    if resources is None:
        raise InvalidTargetError
    return resources


def narrowed_resources(request: ContextRequest, credential: Credential) -> tuple[str, ...]:
    """The granted resources, or those of them that the request names; never more.

    Raises `InvalidTargetError`, but not for a credential that is refused anyway.
    """
    granted = credential.resource
    if buys_nothing(request.context, credential):
        return granted
    return requested_resources(request, granted) or granted
