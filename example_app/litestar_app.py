"""The example on Litestar: the same pages, mounted, and a native Litestar API."""

from typing import Any
from urllib.parse import unquote

from aiosqlite import Connection
from litestar import Litestar, Request, Response, asgi, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.types import Receive, Scope, Send
from starlette.exceptions import HTTPException as StarletteHTTPException

from example_app import pages_app
from example_app.api import ApiError, notes, profile
from example_app.api import write_note as add_note
from example_app.docs import DOCS_CLIENT_ID
from example_app.settings import Settings
from qscope_integrations import QScopeConfig, TokenInfo
from qscope_integrations.litestar import QScopePlugin, docs_login, requires_scopes
from qscope_store.contracts import Storage, StoreSession

ApiRequest = Request[Any, TokenInfo, Any]


@get("/api/me", guards=[requires_scopes("profile")])
async def me(request: ApiRequest, oauth_connection: NamedDependency[Connection]) -> dict[str, Any]:
    """The user of the token."""
    return await profile(oauth_connection, request.auth)


@get("/api/notes", guards=[requires_scopes("notes:read")])
async def read_notes(
    request: ApiRequest, oauth_connection: NamedDependency[Connection]
) -> dict[str, Any]:
    """The user's notes."""
    return await notes(oauth_connection, request.auth)


@post("/api/notes", guards=[requires_scopes("notes:write")])
async def write_note(
    request: ApiRequest, oauth_session: NamedDependency[StoreSession[Any]]
) -> dict[str, Any]:
    """Add a note."""
    return await add_note(oauth_session, request.auth, request)


def build_app(settings: Settings, config: QScopeConfig, storage: Storage[Any]) -> Litestar:
    """The application, on a database that is set up."""
    session = pages_app.session_middleware(config)
    session_class: Any = session.cls
    return Litestar(
        route_handlers=[_pages(settings, storage), me, read_notes, write_note],
        plugins=[QScopePlugin(config, storage=storage)],
        middleware=[DefineMiddleware(session_class, **session.kwargs)],
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _http_error,
            StarletteHTTPException: _http_error,
        },
        openapi_config=OpenAPIConfig(
            title="qscope example",
            version="1",
            render_plugins=[SwaggerRenderPlugin(init_oauth=docs_login(DOCS_CLIENT_ID))],
        ),
        logging_config=None,
    )


def _pages(settings: Settings, storage: Storage[Any]) -> ASGIRouteHandler:
    app: Any = pages_app.build_app(settings, storage)

    # The pages handle every path without another route, including unknown ones. Litestar passes
    # a mounted application the path without slashes, but these pages need the original path.
    @asgi("/", is_mount=True, copy_scope=True)
    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": unquote(scope["raw_path"].decode())}, receive, send)

    return pages


def _api_error(_: ApiRequest, error: ApiError) -> Response[dict[str, str]]:
    return Response(error.body, status_code=error.status)


def _http_error(
    _: ApiRequest, error: HTTPException | StarletteHTTPException
) -> Response[dict[str, str]]:
    headers = dict(error.headers or {})
    return Response({"error": error.detail}, status_code=error.status_code, headers=headers)
