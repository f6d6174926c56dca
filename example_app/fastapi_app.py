"""The example on FastAPI: the same pages, and an API with its scopes in /docs."""

from typing import Annotated, Any

from aiosqlite import Connection
from fastapi import Depends, FastAPI, Request, Security

from example_app import api, errors, pages_app
from example_app.docs import DOCS_CLIENT_ID
from example_app.settings import Settings
from qscope_integrations import QScopeConfig, TokenInfo
from qscope_integrations.fastapi import QScope, docs_login, oauth_connection, oauth_session
from qscope_store.contracts import Storage, StoreSession

LeasedConnection = Annotated[Connection, Depends(oauth_connection)]
Session = Annotated[StoreSession[Connection], Depends(oauth_session)]


def build_app(settings: Settings, config: QScopeConfig, storage: Storage[Any]) -> FastAPI:
    """The application, on a database that is set up."""
    qscope = QScope(config, storage=storage)
    app = FastAPI(
        title="qscope example",
        routes=[*qscope.routes(), *pages_app.routes],
        lifespan=qscope.lifespan,
        middleware=[pages_app.session_middleware(config), *qscope.middleware()],
        exception_handlers=errors.handlers,
        swagger_ui_init_oauth=docs_login(DOCS_CLIENT_ID),
        redirect_slashes=False,
    )
    _add_api(app, qscope)
    pages_app.give_state(app, settings, storage)
    return app


def _add_api(app: FastAPI, qscope: QScope) -> None:
    @app.get("/api/me")
    async def me(
        token: Annotated[TokenInfo, Security(qscope.current_token, scopes=["profile"])],
        connection: LeasedConnection,
    ) -> dict[str, Any]:
        """The user of the token."""
        return await api.profile(connection, token)

    @app.get("/api/notes")
    async def read_notes(
        token: Annotated[TokenInfo, Security(qscope.current_token, scopes=["notes:read"])],
        connection: LeasedConnection,
    ) -> dict[str, Any]:
        """The user's notes."""
        return await api.notes(connection, token)

    @app.post("/api/notes", status_code=201)
    async def write_note(
        token: Annotated[TokenInfo, Security(qscope.current_token, scopes=["notes:write"])],
        session: Session,
        request: Request,
    ) -> dict[str, Any]:
        """Add a note, `{"text": "..."}`."""
        return await api.write_note(session, token, request)
