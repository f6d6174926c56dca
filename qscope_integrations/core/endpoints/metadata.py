"""Authorization server metadata (RFC 8414): what works, and nothing else."""

from typing import Any

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from qscope_integrations.core.assertions import ALGORITHMS
from qscope_integrations.core.config import QScopeConfig


def server_metadata(config: QScopeConfig, *, grant_types: list[str]) -> dict[str, Any]:
    """The document; it depends on the configuration only."""
    confidential = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
    algorithms = list(ALGORITHMS)
    document = {
        "issuer": config.issuer,
        "authorization_endpoint": f"{config.issuer}/oauth/authorize",
        "token_endpoint": f"{config.issuer}/oauth/token",
        "revocation_endpoint": f"{config.issuer}/oauth/revoke",
        "introspection_endpoint": f"{config.issuer}/oauth/introspect",
        "device_authorization_endpoint": f"{config.issuer}/oauth/device_authorization",
        "scopes_supported": list(config.scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grant_types,
        "token_endpoint_auth_methods_supported": [*confidential, "none"],
        "revocation_endpoint_auth_methods_supported": [*confidential, "none"],
        "introspection_endpoint_auth_methods_supported": confidential,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    # Section 3.2: a list without elements is left out.
    document = {name: value for name, value in document.items() if value != []}
    AuthorizationServerMetadata(document).validate()
    return document


def metadata_path(config: QScopeConfig) -> str:
    """Where the document stands: the well-known name goes before the issuer's path (section 3)."""
    return f"/.well-known/oauth-authorization-server{config.base_path}"
