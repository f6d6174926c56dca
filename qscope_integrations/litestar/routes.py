"""The endpoints of the server as Litestar's route handlers."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Middleware, Receive, Scope, Send

from qscope_integrations.core import Endpoint, QScopeServer
from qscope_integrations.core.asgi import EndpointApp, NotFoundApp


def endpoint_handlers(
    server: QScopeServer, *, page_middleware: Sequence[Middleware], opt: Mapping[str, bool]
) -> list[ASGIRouteHandler]:
    """A raw handler for each endpoint: it sees every method, and no schema shows it."""
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

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # Litestar takes a slash at the end for nothing; clients are told one URL that is exact.
        has_slash = scope["raw_path"].endswith(b"/")
        await (not_found if has_slash else app)(scope, receive, send)

    route = asgi(
        endpoint.path,
        name=f"qscope:{endpoint.path}",
        copy_scope=False,
        middleware=middleware,
        opt=opt,
    )
    return route(answer)


def _native(scope: Any, receive: Any) -> Request[Any, Any, Any]:
    return Request(scope, receive)
