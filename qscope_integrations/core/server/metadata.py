"""Authorization server metadata (RFC 8414): what the endpoints and features declare."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from qscope_integrations.core.feature import Feature
from qscope_integrations.core.kernel.assertions import ALGORITHMS
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.kernel.settings import Settings

METADATA_NAME = "oauth-authorization-server"


def server_metadata(
    settings: Settings,
    endpoints: Iterable[Endpoint],
    features: Iterable[Feature],
    grant_types: list[str],
) -> dict[str, Any]:
    """The document, which depends only on the configuration."""
    document: dict[str, Any] = {"issuer": settings.issuer}
    origin = settings.issuer.removesuffix(urlsplit(settings.issuer).path)
    for endpoint in endpoints:
        member = endpoint.metadata_member
        if member is None:
            continue
        document[member] = origin + endpoint.path
        if endpoint.client_auth_methods:
            document[f"{member}_auth_methods_supported"] = list(endpoint.client_auth_methods)
            document[f"{member}_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    document["scopes_supported"] = list(settings.scopes)
    document["grant_types_supported"] = grant_types
    # RFC 8414 section 2: the member is required, even if no response type is supported.
    document["response_types_supported"] = []
    for feature in features:
        document |= feature.metadata(settings)
    # Section 3.2: empty lists are left out.
    document = {
        name: value
        for name, value in document.items()
        if value != [] or name == "response_types_supported"
    }
    if "authorization_endpoint" in document:
        AuthorizationServerMetadata(document).validate()
    return document
