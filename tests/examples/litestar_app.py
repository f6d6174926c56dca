"""An authorization server and a protected API in a Litestar app."""

import os
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar, Request, get
from litestar.middleware.session.client_side import CookieBackendConfig

from qscope_integrations import HostUser, HttpRequest, QScopeConfig, TokenInfo, UserAdapter
from qscope_integrations.litestar import BearerUser, QScopePlugin, requires_scopes
from qscope_store.sqlite import SQLiteStorage


class MyUsers(UserAdapter):
    """Connects qscope to the sign-in of this application."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        user = request.native.session.get("user")
        return HostUser(external_id=user["id"], display_name=user["name"]) if user else None

    def login_url(self, return_to: str) -> str:
        return f"/login?{urlencode({'next': return_to})}"


@get("/notes", guards=[requires_scopes("notes:read")])
async def notes(request: Request[BearerUser, TokenInfo, Any]) -> dict[str, Any]:
    return {"notes": [], "of": request.user.external_id or request.user.client_id}


secret_key = os.environ["SECRET_KEY"]
config = QScopeConfig(
    issuer=os.environ["ISSUER"],
    scopes={"notes:read": "Read your notes"},
    secret_key=secret_key,
    users=MyUsers(),
)
session = CookieBackendConfig(secret=config.derive_key("session"), secure=config.settings.is_https)
app = Litestar(
    route_handlers=[notes],
    middleware=[session.middleware],
    plugins=[QScopePlugin(config, storage=SQLiteStorage("oauth.db"))],
)
