"""The host application on Litestar."""

from typing import Any

from aiosqlite import Connection
from litestar import Litestar, Request, Response, WebSocket, get, post, websocket
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.response import Stream

from qscope_integrations import QScopeConfig, TokenInfo
from qscope_integrations.litestar import QScopePlugin, requires_scopes
from qscope_store import Storage, StoreSession
from tests.frameworks.work import PlannedError, background, note, stream, work

AnyRequest = Request[Any, Any, Any]
LeasedConnection = NamedDependency[Connection]
Session = NamedDependency[StoreSession[Any]]
Caller = NamedDependency[TokenInfo | None]


@get("/api/me", name="me", guards=[requires_scopes("profile")])
async def me(request: Request[Any, TokenInfo, Any]) -> dict[str, str | None]:
    return {"sub": request.user.external_id, "client_id": request.auth.client_id}


@get("/api/count")
async def count(oauth_connection: LeasedConnection) -> dict[str, int]:
    rows = await oauth_connection.execute_fetchall("SELECT count(*) FROM oauth_clients")
    return {"clients": next(iter(rows))[0]}


@get("/api/session")
async def session(oauth_session: Session) -> dict[str, str]:
    return {"ray_id": oauth_session.ray_id}


@get("/api/caller")
async def caller(oauth_token: Caller) -> dict[str, str | None]:
    return {"client_id": oauth_token.client_id if oauth_token else None}


@post("/work/{mode:str}")
async def do_work(request: AnyRequest, oauth_connection: LeasedConnection) -> Response[Any]:
    mode, marker = mode_and_marker(request)
    return Response({"mode": mode}, status_code=await work(oauth_connection, mode, marker))


@post("/stream/{mode:str}", status_code=200)
async def do_stream(request: AnyRequest, oauth_connection: LeasedConnection) -> Stream:
    mode, marker = mode_and_marker(request)
    await note(oauth_connection, marker)
    return Stream(stream(oauth_connection, mode, marker), media_type="text/plain")


@post("/background/{mode:str}", status_code=200)
async def do_background(request: AnyRequest, oauth_connection: LeasedConnection) -> Response[Any]:
    mode, marker = mode_and_marker(request)
    await note(oauth_connection, marker)
    task = BackgroundTask(background, oauth_connection, mode, marker)
    return Response({"mode": mode}, background=task)


def mode_and_marker(request: AnyRequest) -> tuple[str, str]:
    return request.path_params["mode"], request.query_params["marker"]


@websocket("/socket")
async def socket(socket: WebSocket[Any, Any, Any], oauth_connection: LeasedConnection) -> None:
    await socket.accept()
    try:
        while True:
            text = await socket.receive_text()
            if text == "fail":
                raise PlannedError
            if text == "close":
                await socket.close(1011)
                return
            await note(oauth_connection, text)
            await socket.send_text("noted")
    except WebSocketDisconnect:
        return


@websocket("/guarded-socket", guards=[requires_scopes("profile")])
async def guarded_socket(socket: WebSocket[Any, TokenInfo, Any]) -> None:
    await socket.accept()
    await socket.send_text(socket.auth.client_id)
    await socket.close()


def build(config: QScopeConfig, storage: Storage[Any], **options: Any) -> Litestar:
    return Litestar(
        route_handlers=[
            me,
            count,
            session,
            caller,
            do_work,
            do_stream,
            do_background,
            socket,
            guarded_socket,
        ],
        plugins=[QScopePlugin(config, storage=storage)],
        logging_config=None,
        **options,
    )
