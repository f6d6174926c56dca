"""An API whose tokens another server issues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.types import ASGIApp

from qscope_integrations.core.asgi import ResourceServerMiddleware
from qscope_integrations.starlette.auth import BearerBackend

if TYPE_CHECKING:
    # It needs httpx2, which only an API without access to the database installs.
    from qscope_integrations.core.bearer.remote import RemoteTokenVerifier


class ResourceServer:
    """`request.user`, `request.auth` and the guards, without endpoints or a database."""

    def __init__(self, verifier: "RemoteTokenVerifier") -> None:
        self._verifier = verifier

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Keep connections to the authorization server during the life of the application."""
        async with self._verifier.running():
            yield

    def middleware(self) -> list[Middleware]:
        """The middleware that verifies the access token of each request."""
        return [Middleware(ResourceServerMiddleware, authenticate=self._authenticate)]

    def _authenticate(self, app: ASGIApp) -> ASGIApp:
        backend = BearerBackend(self._verifier.verify_request)
        return AuthenticationMiddleware(app, backend=backend)
