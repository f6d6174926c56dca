"""The host application on FastAPI."""

from typing import Annotated, Any

from aiosqlite import Connection
from fastapi import BackgroundTasks, Depends, FastAPI, Request, Response, Security, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse

from qscope_integrations import QScopeConfig, TokenInfo
from qscope_integrations.fastapi import QScope, current_token, oauth_connection, oauth_session
from qscope_store import Storage, StoreSession
from tests.frameworks.work import PlannedError, background, note, stream, work

LeasedConnection = Annotated[Connection, Depends(oauth_connection)]
ProfileToken = Annotated[TokenInfo, Security(current_token, scopes=["profile"])]


def build(config: QScopeConfig, storage: Storage[Any]) -> FastAPI:
    qscope = QScope(config, storage=storage)
    app = FastAPI(routes=qscope.routes(), lifespan=qscope.lifespan, middleware=qscope.middleware())
    add_api(app, qscope)
    add_work(app)
    add_sockets(app)
    return app


def add_api(app: FastAPI, qscope: QScope) -> None:
    @app.get("/api/me")
    async def me(
        token: Annotated[TokenInfo, Security(qscope.current_token, scopes=["profile"])],
    ) -> dict[str, str | None]:
        return {"sub": token.external_id, "client_id": token.client_id}

    @app.get("/api/count")
    async def count(connection: LeasedConnection) -> dict[str, int]:
        rows = await connection.execute_fetchall("SELECT count(*) FROM oauth_clients")
        return {"clients": next(iter(rows))[0]}

    @app.get("/api/session")
    async def session(session: Annotated[StoreSession[Any], Depends(oauth_session)]) -> Any:
        return {"ray_id": session.ray_id}

    @app.get("/api/caller")
    async def caller(request: Request) -> Any:
        return {"client_id": getattr(request.user, "client_id", None)}


def add_work(app: FastAPI) -> None:
    @app.post("/work/{mode}")
    async def do_work(mode: str, marker: str, connection: LeasedConnection) -> Response:
        return JSONResponse({"mode": mode}, await work(connection, mode, marker))

    @app.post("/stream/{mode}")
    async def do_stream(mode: str, marker: str, connection: LeasedConnection) -> Response:
        await note(connection, marker)
        return StreamingResponse(stream(connection, mode, marker), media_type="text/plain")

    @app.post("/background/{mode}")
    async def do_background(
        mode: str, marker: str, connection: LeasedConnection, tasks: BackgroundTasks
    ) -> dict[str, str]:
        await note(connection, marker)
        tasks.add_task(background, connection, mode, marker)
        return {"mode": mode}


def add_sockets(app: FastAPI) -> None:
    @app.websocket("/socket")
    async def socket(websocket: WebSocket, connection: LeasedConnection) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            if text == "fail":
                raise PlannedError
            if text == "close":
                await websocket.close(1011)
                return
            await note(connection, text)
            await websocket.send_text("noted")

    @app.websocket("/guarded-socket")
    async def guarded_socket(websocket: WebSocket, token: ProfileToken) -> None:
        await websocket.accept()
        await websocket.send_text(token.client_id)
        await websocket.close()
