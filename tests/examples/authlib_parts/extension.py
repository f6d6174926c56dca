"""An extension of a built-in grant: some scopes need a confidential client."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError


class ConfidentialScopes:
    """Registers itself on every authorization code grant, as Authlib's extensions do."""

    def __init__(self, *scopes: str) -> None:
        self._scopes = frozenset(scopes)

    def __call__(self, grant: Any) -> None:
        """Check the authorization request after the built-in checks have passed."""
        grant.register_hook("after_validate_consent_request", self._check)

    def _check(self, grant: Any, redirect_uri: str) -> None:
        is_public = not grant.request.client.row.is_confidential
        if is_public and self._scopes.intersection(grant.request.scope.split()):
            raise InvalidScopeError(redirect_uri=redirect_uri)
