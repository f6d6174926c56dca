"""An authorization server and a protected API in a FastAPI app."""

import os
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Security
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from qscope_integrations import HostUser, HttpRequest, QScopeConfig, TokenInfo, UserAdapter
from qscope_integrations.fastapi import QScope
from qscope_store.sqlite import SQLiteStorage


class MyUsers(UserAdapter):
    """Connects qscope to the sign-in of this application."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        user = request.native.session.get("user")
        return HostUser(external_id=user["id"], display_name=user["name"]) if user else None

    def login_url(self, return_to: str) -> str:
        return f"/login?{urlencode({'next': return_to})}"


secret_key = os.environ["SECRET_KEY"]
config = QScopeConfig(
    issuer=os.environ["ISSUER"],
    scopes={"notes:read": "Read your notes"},
    secret_key=secret_key,
    users=MyUsers(),
)
qscope = QScope(config, storage=SQLiteStorage("oauth.db"))
app = FastAPI(
    routes=qscope.routes(),
    lifespan=qscope.lifespan,
    middleware=[
        Middleware(SessionMiddleware, secret_key=secret_key, https_only=config.settings.is_https),
        *qscope.middleware(),
    ],
)


@app.get("/notes")
async def notes(
    token: Annotated[TokenInfo, Security(qscope.current_token, scopes=["notes:read"])],
) -> dict[str, object]:
    return {"notes": [], "of": token.external_id or token.client_id}
