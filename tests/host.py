"""A small host application for tests: users by cookie, one guarded route, a real database file."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qscope_integrations import (
    ClientMetadata,
    Feature,
    HostUser,
    HttpRequest,
    QScopeConfig,
    UserAdapter,
    default_features,
    new_registration,
)
from qscope_integrations.starlette import QScope, oauth_connection, requires_scopes
from qscope_store import (
    AuditEvent,
    AuditEventType,
    Client,
    ClientConfig,
    Stamp,
    Storage,
    SuccessResult,
)
from qscope_store.sqlite import SQLiteStorage
from tests.refusals import watched

ISSUER = "http://127.0.0.1:8000"
CALLBACK = "https://client.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example pair of RFC 7636 appendix B."""


class CookieUsers(UserAdapter):
    """The host's session is a cookie that holds the user's key."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        user = request.native.cookies.get("user")
        return HostUser(external_id=user, display_name=user.title()) if user else None

    def login_url(self, return_to: str) -> str:
        return f"/login?next={quote(return_to, safe='')}"


@requires_scopes("profile")
async def me(request: Request) -> JSONResponse:
    return JSONResponse({"sub": request.user.external_id, "client_id": request.user.client_id})


async def count_clients(request: Request) -> JSONResponse:
    """SQL of the host's own, on the connection of the request."""
    connection = await oauth_connection(request)
    rows = await connection.execute_fetchall("SELECT count(*) FROM oauth_clients")
    return JSONResponse({"clients": next(iter(rows))[0]})


def make_config(**changes: Any) -> QScopeConfig:
    settings: dict[str, Any] = {
        "issuer": ISSUER,
        "scopes": {"profile": "See who you are", "notes:read": "Read your notes"},
        "secret_key": "a key that only tests use, 32 bytes long",
        "users": CookieUsers(),
    }
    return QScopeConfig(**(settings | changes))


def with_features(*features: Feature) -> dict[str, Any]:
    """The setting that adds features to the default ones, or replaces those of the same name."""
    return {"features": [*default_features(), *features]}


@dataclass(frozen=True, kw_only=True)
class RegisteredClient:
    """A client and its secret, as its developer holds them."""

    client_id: str
    secret: str | None
    row: Client

    @property
    def basic(self) -> httpx2.BasicAuth | None:
        return None if self.secret is None else httpx2.BasicAuth(self.client_id, self.secret)


@dataclass(kw_only=True)
class Host:
    """The running application and a browser-like client of it."""

    app: Any
    """The application of whichever framework."""
    storage: Storage[Any]
    config: QScopeConfig
    http: httpx2.AsyncClient
    database: Path

    async def register(
        self,
        *,
        grant_types: tuple[str, ...] = ("authorization_code", "refresh_token"),
        scopes: tuple[str, ...] = ("profile", "notes:read"),
        redirect_uris: tuple[str, ...] = (CALLBACK,),
        is_public: bool = False,
        auth_method: str | None = None,
        jwks: Mapping[str, Any] | None = None,
        client_id: str | None = None,
        config: Mapping[str, Any] | None = None,
        client: Mapping[str, Any] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> RegisteredClient:
        """A client of this server; `extensions` are checked by the features of the server."""
        metadata = ClientMetadata(
            client_name="Notes App",
            grant_types=grant_types,
            scope=scopes,
            redirect_uris=redirect_uris,
            token_endpoint_auth_method=auth_method
            or ("none" if is_public else "client_secret_basic"),
            jwks=jwks,
            extensions=extensions or {},
        )
        registration, secret = new_registration(
            metadata,
            client_identifier=client_id,
            created_by="test",
            now=0,
            features=None if extensions is None else self.config.features,
        )
        registration = replace(
            registration,
            config=replace(registration.config, **(config or {})),
            client=replace(registration.client, **(client or {})),
        )
        row = registration.client
        audit = AuditEvent(
            event_type=AuditEventType.CLIENT_REGISTERED,
            subject=row.id,
            ray_id="test-ray",
            stamp=Stamp.new(0, "test"),
        )
        async with self.storage.session("test-ray") as session:
            result = await session.clients.register(registration, audit=audit, ray_id="test-ray")
        assert isinstance(result, SuccessResult), result
        return RegisteredClient(client_id=row.client_identifier, secret=secret, row=row)

    async def update_config(self, client: RegisteredClient, **changes: Any) -> None:
        async with self.storage.session("test-ray") as session:
            name = client.row.client_identifier
            found = await session.clients.get_registration(name, ray_id="test-ray")
            assert isinstance(found, SuccessResult)
            config: ClientConfig = replace(found.client_message.config, **changes)
            assert (await session.client_configs.update(config, ray_id="test-ray")).status

    async def update_client(self, client: RegisteredClient, **changes: Any) -> None:
        async with self.storage.session("test-ray") as session:
            found = await session.clients.get_by_id(client.row.id, ray_id="test-ray")
            assert isinstance(found, SuccessResult)
            row = replace(found.client_message, **changes)
            assert (await session.clients.update(row, ray_id="test-ray")).status

    async def set_user_active(self, external_id: str, *, is_active: bool) -> None:
        async with self.storage.session("test-ray") as session:
            found = await session.users.get_by_external_id(external_id, ray_id="test-ray")
            assert isinstance(found, SuccessResult)
            row = replace(found.client_message, is_active=is_active)
            assert (await session.users.update(row, ray_id="test-ray")).status

    def authorization_parameters(self, client: RegisteredClient, **changes: Any) -> dict[str, Any]:
        parameters = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": CALLBACK,
            "scope": "profile notes:read",
            "state": "xyz",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    async def authorize(
        self, client: RegisteredClient, *, user: str | None = "alice", **changes: Any
    ) -> httpx2.Response:
        """GET the authorization endpoint as a signed-in browser; a parameter None is left out."""
        return await self.http.get(
            "/oauth/authorize",
            params=self.authorization_parameters(client, **changes),
            headers={"cookie": f"user={user}"} if user else {},
        )

    async def decide(
        self, page: httpx2.Response, decision: str = "approve", *, user: str = "alice"
    ) -> httpx2.Response:
        """Submit the consent form that the page shows."""
        assert page.status_code == 200, page.text
        cookies = [f"user={user}", *(c.split(";")[0] for c in page.headers.get_list("set-cookie"))]
        return await self.http.post(
            form_action(page.text),
            data={**hidden_fields(page.text), "decision": decision},
            headers={"cookie": "; ".join(cookies)},
        )

    async def code(self, client: RegisteredClient, *, user: str = "alice", **changes: Any) -> str:
        """A fresh authorization code."""
        response = await self.decide(await self.authorize(client, user=user, **changes), user=user)
        return redirect_parameters(response)["code"]

    async def token(self, client: RegisteredClient, **form: Any) -> httpx2.Response:
        """POST the token endpoint with the client's registered method; None leaves a field out."""
        return await self.post("/oauth/token", client, **form)

    async def post(self, path: str, client: RegisteredClient, **form: Any) -> httpx2.Response:
        method = client.row.token_endpoint_auth_method
        if method != "client_secret_basic":
            form.setdefault("client_id", client.client_id)
        if method == "client_secret_post":
            form.setdefault("client_secret", client.secret)
        data = {name: value for name, value in form.items() if value is not None}
        basic = client.basic if method == "client_secret_basic" else None
        return await self.http.post(path, data=data, auth=basic)

    async def redeem(self, client: RegisteredClient, code: str, **form: Any) -> httpx2.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return await self.token(client, **(fields | form))

    async def tokens(self, client: RegisteredClient, **changes: Any) -> dict[str, Any]:
        """The token response of a whole code flow."""
        response = await self.redeem(client, await self.code(client, **changes))
        assert response.status_code == 200, response.text
        return response.json()

    async def refresh(self, client: RegisteredClient, token: str, **form: Any) -> httpx2.Response:
        return await self.token(client, grant_type="refresh_token", refresh_token=token, **form)

    async def introspect(self, client: RegisteredClient, token: str) -> dict[str, Any]:
        response = await self.post("/oauth/introspect", client, token=token)
        assert response.status_code == 200, response.text
        return response.json()


def host_app(config: QScopeConfig, storage: Storage[Any]) -> Starlette:
    """The application: the server's endpoints and two of its own."""
    qscope = QScope(config, storage=storage)
    return Starlette(
        routes=[*qscope.routes(), Route("/api/me", me), Route("/api/count", count_clients)],
        lifespan=qscope.lifespan,
        middleware=qscope.middleware(),
    )


@asynccontextmanager
async def in_process(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that calls the application without a server between them."""
    transport = httpx2.ASGITransport(app=watched(app), raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=ISSUER) as http,
    ):
        yield http


@asynccontextmanager
async def running_host(
    database: Path,
    *,
    storage: Storage[Any] | None = None,
    build: Callable[[QScopeConfig, Storage[Any]], Any] = host_app,
    serve: Callable[[Any], AbstractAsyncContextManager[httpx2.AsyncClient]] = in_process,
    **changes: Any,
) -> AsyncIterator[Host]:
    """The application over a new database file, with its lifespan entered."""
    storage = storage or SQLiteStorage(database)
    await storage.upgrade()
    config = make_config(**changes)
    app = build(config, storage)
    async with serve(app) as http:
        yield Host(app=app, storage=storage, config=config, http=http, database=database)


def redirect_parameters(response: httpx2.Response) -> dict[str, str]:
    """The query of the redirect that the answer is."""
    assert response.status_code in {302, 303}, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query, keep_blank_values=True))


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden inputs of the page's form."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def form_action(page: str) -> str:
    """Where the page's form goes."""
    match = re.search(r'<form method="post" action="([^"]+)"', page)
    assert match, page
    return match[1]
