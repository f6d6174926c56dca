"""The example on Starlette: qscope's routes next to pages and an API."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app import api, errors, pages_app
from example_app.settings import Settings
from qscope_integrations import QScopeConfig
from qscope_integrations.starlette import QScope, oauth_connection, oauth_session, requires_scopes
from qscope_store.contracts import Storage


@requires_scopes("profile")
async def me(request: Request) -> Response:
    """The user of the token."""
    return JSONResponse(await api.profile(await oauth_connection(request), request.auth.token))


@requires_scopes("notes:read")
async def read_notes(request: Request) -> Response:
    """The user's notes."""
    return JSONResponse(await api.notes(await oauth_connection(request), request.auth.token))


@requires_scopes("notes:write")
async def write_note(request: Request) -> Response:
    """Add a note."""
    note = await api.write_note(oauth_session(request), request.auth.token, request)
    return JSONResponse(note, status_code=201)


def build_app(settings: Settings, config: QScopeConfig, storage: Storage[Any]) -> Starlette:
    """The application, on a database that is set up."""
    qscope = QScope(config, storage=storage)
    app = Starlette(
        routes=[
            *qscope.routes(),
            *pages_app.routes,
            Route("/api/me", me, methods=["GET"]),
            Route("/api/notes", read_notes, methods=["GET"]),
            Route("/api/notes", write_note, methods=["POST"]),
        ],
        lifespan=qscope.lifespan,
        middleware=[pages_app.session_middleware(config), *qscope.middleware()],
        exception_handlers=errors.handlers,
    )
    # Starlette would build that redirect from the Host header, and resend the body there.
    app.router.redirect_slashes = False
    pages_app.give_state(app, settings, storage)
    return app
