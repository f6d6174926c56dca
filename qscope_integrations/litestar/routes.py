"""The endpoints of the server as Litestar route handlers."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from litestar import Request, asgi
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.types import Middleware, Receive, Scope, Send

from qscope_integrations.core.asgi import EndpointApp, NotFoundApp
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.server.server import QScopeServer


def endpoint_handlers(
    server: QScopeServer, *, page_middleware: Sequence[Middleware], opt: Mapping[str, bool]
) -> list[ASGIRouteHandler]:
    """A raw ASGI handler for each endpoint, which receives every method and is in no schema."""
    return [
        _handler(server, endpoint, page_middleware if endpoint.is_page else (), opt)
        for endpoint in server.endpoints
    ]


def _handler(
    server: QScopeServer,
    endpoint: Endpoint,
    middleware: Sequence[Middleware],
    opt: Mapping[str, bool],
) -> ASGIRouteHandler:
    app: Any = EndpointApp(server, endpoint, native=_native)
    not_found: Any = NotFoundApp()

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            # Litestar has no raw handlers for HTTP only. ASGI servers turn this close into a 403.
            await send({"type": "websocket.close", "code": 1000, "reason": None})
            return
        # Litestar ignores additional slashes, but each endpoint has exactly one URL.
        path = unquote(scope["raw_path"].decode("latin-1"))
        is_exact = path.endswith(endpoint.path) and "//" not in path
        await (app if is_exact else not_found)(scope, receive, send)

    route = asgi(
        endpoint.path,
        name=f"qscope:{endpoint.path}",
        copy_scope=False,
        middleware=middleware,
        opt=opt,
    )
    return route(respond)


def _native(scope: Any, receive: Any) -> Request[Any, Any, Any]:
    return Request(scope, receive)
