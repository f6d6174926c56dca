"""An authorization server and a protected API in a Starlette app."""

import os
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qscope_integrations import HostUser, HttpRequest, QScopeConfig, UserAdapter
from qscope_integrations.starlette import QScope, requires_scopes
from qscope_store.sqlite import SQLiteStorage


class MyUsers(UserAdapter):
    """Connects qscope to the sign-in of this application."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        user = request.native.session.get("user")
        return HostUser(external_id=user["id"], display_name=user["name"]) if user else None

    def login_url(self, return_to: str) -> str:
        return f"/login?{urlencode({'next': return_to})}"


@requires_scopes("notes:read")
async def notes(request: Request) -> JSONResponse:
    return JSONResponse({"notes": [], "of": request.user.display_name})


secret_key = os.environ["SECRET_KEY"]
config = QScopeConfig(
    issuer=os.environ["ISSUER"],
    scopes={"notes:read": "Read your notes"},
    secret_key=secret_key,
    users=MyUsers(),
)
qscope = QScope(config, storage=SQLiteStorage("oauth.db"))
app = Starlette(
    routes=[*qscope.routes(), Route("/notes", notes)],
    lifespan=qscope.lifespan,
    middleware=[
        Middleware(SessionMiddleware, secret_key=secret_key, https_only=config.settings.is_https),
        *qscope.middleware(),
    ],
)
