"""The host application on Starlette."""

from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from qscope_integrations import QScopeConfig
from qscope_integrations.starlette import QScope, oauth_connection, oauth_session, requires_scopes
from qscope_store import Storage
from tests.frameworks.work import PlannedError, background, note, stream, work
from tests.host import count_clients, me


async def session(request: Request) -> Response:
    return JSONResponse({"ray_id": oauth_session(request).ray_id})


async def caller(request: Request) -> Response:
    return JSONResponse({"client_id": getattr(request.user, "client_id", None)})


async def do_work(request: Request) -> Response:
    mode, marker = request.path_params["mode"], request.query_params["marker"]
    status = await work(await oauth_connection(request), mode, marker)
    return JSONResponse({"mode": mode}, status_code=status)


async def do_stream(request: Request) -> Response:
    mode, marker = request.path_params["mode"], request.query_params["marker"]
    connection = await oauth_connection(request)
    await note(connection, marker)
    return StreamingResponse(stream(connection, mode, marker), media_type="text/plain")


async def do_background(request: Request) -> Response:
    mode, marker = request.path_params["mode"], request.query_params["marker"]
    connection = await oauth_connection(request)
    await note(connection, marker)
    task = BackgroundTask(background, connection, mode, marker)
    return JSONResponse({"mode": mode}, background=task)


async def socket(websocket: WebSocket) -> None:
    connection = await oauth_connection(websocket)
    await websocket.accept()
    async for text in websocket.iter_text():
        if text == "fail":
            raise PlannedError
        if text == "close":
            await websocket.close(1011)
            return
        await note(connection, text)
        await websocket.send_text("noted")


@requires_scopes("profile")
async def guarded_socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.user.client_id)
    await websocket.close()


def build(config: QScopeConfig, storage: Storage[Any]) -> Starlette:
    qscope = QScope(config, storage=storage)
    return Starlette(
        routes=[
            *qscope.routes(),
            Route("/api/me", me),
            Route("/api/count", count_clients),
            Route("/api/session", session),
            Route("/api/caller", caller),
            Route("/work/{mode}", do_work, methods=["POST"]),
            Route("/stream/{mode}", do_stream, methods=["POST"]),
            Route("/background/{mode}", do_background, methods=["POST"]),
            WebSocketRoute("/socket", socket),
            WebSocketRoute("/guarded-socket", guarded_socket),
        ],
        lifespan=qscope.lifespan,
        middleware=qscope.middleware(),
    )
