"""Authorization server metadata (RFC 8414): what works, and nothing else."""

from typing import Any

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from qscope_integrations.core.config import QScopeConfig


def server_metadata(config: QScopeConfig, *, grant_types: list[str]) -> dict[str, Any]:
    """The document; it depends on the configuration only."""
    with_secret = ["client_secret_basic", "client_secret_post"]
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
        "token_endpoint_auth_methods_supported": [*with_secret, "none"],
        "revocation_endpoint_auth_methods_supported": [*with_secret, "none"],
        "introspection_endpoint_auth_methods_supported": with_secret,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    AuthorizationServerMetadata(document).validate()
    return document


def metadata_path(config: QScopeConfig) -> str:
    """Where the document stands: the well-known name goes before the issuer's path (section 3)."""
    return f"/.well-known/oauth-authorization-server{config.base_path}"
