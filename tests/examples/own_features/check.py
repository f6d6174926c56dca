"""A further check of authorization requests: some scopes need a confidential client."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from authlib.oauth2.rfc6749 import InvalidScopeError

from qscope_integrations import AuthorizationCheck, AuthorizationRequest, Feature


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialScopes(Feature):
    """Refuses these scopes to public clients."""

    name: ClassVar[str] = "confidential_scopes"

    scopes: frozenset[str]

    def authorization_checks(self) -> Iterable[AuthorizationCheck]:
        """Runs once the checks of the server have passed."""
        yield self._check

    async def _check(self, request: AuthorizationRequest) -> None:
        if not request.client.row.is_confidential and self.scopes.intersection(request.scopes):
            raise InvalidScopeError("A public client cannot have this scope.")
