"""The plugin in other kinds of applications: mounted, next to another one, with lifespans."""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from litestar import Litestar, Router, get
from litestar import Request as LitestarRequest
from litestar.config.csrf import CSRFConfig
from litestar.di import NamedDependency
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from qscope_integrations import (
    ClientMetadata,
    ConfigurationError,
    TokenInfo,
    new_registration,
)
from qscope_integrations.fastapi import QScope as FastAPIQScope
from qscope_integrations.litestar import QScopePlugin
from qscope_integrations.litestar import requires_scopes as litestar_requires_scopes
from qscope_integrations.starlette import QScope, oauth_session, requires_scopes
from qscope_store import AuditEvent, AuditEventType, Stamp, Storage, StoreSession
from qscope_store.sqlite import SQLiteStorage
from tests.frameworks.conftest import BUILDERS, CLIENT_TIMEOUT_S
from tests.frameworks.serving import serving
from tests.host import ISSUER, make_config

pytestmark = pytest.mark.anyio

WELL_KNOWN = "/.well-known/oauth-authorization-server"


@asynccontextmanager
async def client_of(app: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        serving(app) as origin,
        httpx2.AsyncClient(base_url=origin, trust_env=False, timeout=CLIENT_TIMEOUT_S) as http,
    ):
        yield http


async def upgraded(path: Path) -> SQLiteStorage:
    storage = SQLiteStorage(path)
    await storage.upgrade()
    return storage


async def whose_session(request: Request) -> JSONResponse:
    clients = await oauth_session(request).clients.list_after(None, limit=9, ray_id="test-ray")
    return JSONResponse(len(clients.client_message))


async def test_a_server_works_inside_a_mount(tmp_path: Path) -> None:
    """The issuer's path is the mount's; the metadata is outside (RFC 8414 section 3.1)."""
    config = make_config(issuer=f"{ISSUER}/auth")
    qscope = QScope(config, storage=await upgraded(tmp_path / "a.db"))
    inner = Mount("/auth", routes=qscope.routes(mounted_at="/auth"), middleware=qscope.middleware())
    app = Starlette(
        routes=[inner, *qscope.metadata_routes(mounted_at="/auth")], lifespan=qscope.lifespan
    )

    async with client_of(app) as http:
        document = (await http.get(f"{WELL_KNOWN}/auth")).json()
        response = await http.post("/auth/oauth/token", data={"grant_type": "x"})
        elsewhere = await http.post("/oauth/token", data={"grant_type": "x"})

    assert document["token_endpoint"] == f"{ISSUER}/auth/oauth/token"
    assert response.json()["error"] == "unsupported_grant_type"
    assert elsewhere.status_code == 404


def test_a_mount_that_the_issuer_does_not_know_is_refused(tmp_path: Path) -> None:
    """The pages and the metadata would refer to URLs that do not exist."""
    qscope = QScope(make_config(), storage=SQLiteStorage(tmp_path / "a.db"))

    with pytest.raises(ConfigurationError, match="mounted_at"):
        qscope.routes(mounted_at="/auth")


async def test_the_application_s_lifespan_encloses_the_plugin_s(tmp_path: Path) -> None:
    """It may use the storage, which is already open."""
    qscope = QScope(make_config(), storage=await upgraded(tmp_path / "a.db"))
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with qscope.lifespan(app):
            await qscope.storage.check()
            seen.append("open")
            yield
        seen.append("closed")

    app = Starlette(routes=qscope.routes(), lifespan=lifespan, middleware=qscope.middleware())
    async with client_of(app) as http:
        assert (await http.get(WELL_KNOWN)).status_code == 200

    assert seen == ["open", "closed"]


async def two_storages(folder: Path) -> tuple[SQLiteStorage, SQLiteStorage]:
    """Empty databases of two servers."""
    return await upgraded(folder / "a.db"), await upgraded(folder / "b.db")


async def registered(storage: SQLiteStorage) -> httpx2.BasicAuth:
    """The credentials of a new client in one of them, which is open."""
    metadata = ClientMetadata(
        client_name="Job", grant_types=["client_credentials"], scope=["profile"]
    )
    registration, secret = new_registration(metadata, created_by="test", now=0)
    event = AuditEvent(
        event_type=AuditEventType.CLIENT_REGISTERED,
        subject=registration.client.id,
        ray_id="test-ray",
        stamp=Stamp.new(0, "test"),
    )
    async with storage.session("test-ray") as session:
        await session.clients.register(registration, audit=event, ray_id="test-ray")
    return httpx2.BasicAuth(registration.client.client_identifier, secret or "")


@requires_scopes("profile")
async def guarded(request: Request) -> JSONResponse:
    return JSONResponse({"client_id": request.user.client_id})


@asynccontextmanager
async def both(first: QScope, second: QScope, app: object) -> AsyncIterator[None]:
    async with first.lifespan(app), second.lifespan(app):
        yield


@pytest.mark.parametrize("kind", [(Starlette, QScope), (FastAPI, FastAPIQScope)])
async def test_two_servers_live_in_one_starlette_or_fastapi_app(
    tmp_path: Path, kind: tuple[Any, Any]
) -> None:
    """Each mount has the session of its server."""
    app_class, qscope_class = kind
    storages = await two_storages(tmp_path)
    servers = [
        qscope_class(make_config(issuer=f"{ISSUER}/{name}"), storage=storage)
        for name, storage in zip(("a", "b"), storages, strict=True)
    ]
    mounts = [
        Mount(
            f"/{name}",
            routes=[
                *server.routes(mounted_at=f"/{name}"),
                Route("/session", whose_session),
                Route("/guarded", guarded),
            ],
            middleware=server.middleware(),
        )
        for name, server in zip(("a", "b"), servers, strict=True)
    ]
    well_known = [
        route
        for name, server in zip(("a", "b"), servers, strict=True)
        for route in server.metadata_routes(mounted_at=f"/{name}")
    ]
    app = app_class(
        routes=[*mounts, *well_known], lifespan=lambda app: both(servers[0], servers[1], app)
    )

    await check_two_servers(app, storages[1])


async def test_two_servers_live_in_one_litestar_app(tmp_path: Path) -> None:
    """The second one provides its session to a router instead of the application."""
    first_storage, second_storage = await two_storages(tmp_path)
    first = QScopePlugin(make_config(issuer=f"{ISSUER}/a"), storage=first_storage)
    second = QScopePlugin(
        make_config(issuer=f"{ISSUER}/b"),
        storage=second_storage,
        app_wide=False,
        security_scheme="second",
    )

    @get("/session")
    async def session(oauth_session: NamedDependency[StoreSession[Any]]) -> Any:
        clients = await oauth_session.clients.list_after(None, limit=9, ray_id="test-ray")
        return len(clients.client_message)

    @get("/guarded", guards=[litestar_requires_scopes("profile")])
    async def guarded(request: LitestarRequest[Any, TokenInfo, Any]) -> dict[str, str]:
        return {"client_id": request.auth.client_id}

    routers = [
        Router("/a", route_handlers=[session, guarded]),
        Router("/b", route_handlers=[session, guarded], middleware=second.middleware),
    ]
    app = Litestar(routers, plugins=[first, second], logging_config=None)

    await check_two_servers(app, second_storage)


async def check_two_servers(app: Any, second_storage: SQLiteStorage) -> None:
    async with client_of(app) as http:
        client = await registered(second_storage)
        form = {"grant_type": "client_credentials"}
        for name in ("a", "b"):
            document = (await http.get(f"{WELL_KNOWN}/{name}")).json()
            assert document["issuer"] == f"{ISSUER}/{name}"
            response = await http.post(f"/{name}/oauth/token", data={"grant_type": "x"})
            assert response.json()["error"] == "unsupported_grant_type"

        assert (await http.get("/a/session")).json() == 0
        assert (await http.get("/b/session")).json() == 1
        assert (await http.post("/a/oauth/token", data=form, auth=client)).status_code == 401
        tokens = (await http.post("/b/oauth/token", data=form, auth=client)).json()
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await http.get("/a/guarded", headers=bearer)).status_code == 401
        assert (await http.get("/b/guarded", headers=bearer)).status_code == 200


async def test_two_litestar_plugins_for_the_same_names_are_refused(tmp_path: Path) -> None:
    """Which of the two a handler receives must not depend on their order."""
    plugins = [
        QScopePlugin(make_config(issuer=f"{ISSUER}/{name}"), storage=SQLiteStorage(tmp_path / name))
        for name in ("a", "b")
    ]

    with pytest.raises(ConfigurationError, match="app_wide=False"):
        Litestar([], plugins=plugins)


async def test_the_application_s_csrf_check_leaves_the_endpoints_alone(tmp_path: Path) -> None:
    """Clients send no cookies, and the pages have their own check."""
    app = Litestar(
        [],
        plugins=[QScopePlugin(make_config(), storage=await upgraded(tmp_path / "a.db"))],
        csrf_config=CSRFConfig(secret="x" * 32),
        logging_config=None,
    )

    async with client_of(app) as http:
        response = await http.post("/oauth/token", data={"grant_type": "x"})

    assert response.json()["error"] == "unsupported_grant_type"


def build(framework: str, storage: Storage[Any]) -> Any:
    config = make_config()
    if framework == "litestar":
        return Litestar([], plugins=[QScopePlugin(config, storage=storage)])
    qscope = QScope(config, storage=storage)
    app_class = {"starlette": Starlette, "fastapi": FastAPI}[framework]
    return app_class(
        routes=qscope.routes(), lifespan=qscope.lifespan, middleware=qscope.middleware()
    )


def test_the_plugin_adds_the_documented_routes_and_no_warning(
    framework: str, tmp_path: Path
) -> None:
    """The documentation lists everything that the plugin adds."""
    bare: Any = {"starlette": Starlette, "fastapi": FastAPI, "litestar": lambda: Litestar([])}
    storage = SQLiteStorage(tmp_path / "a.db")

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        app = build(framework, storage)

    added = {route.path for route in app.routes} - {
        route.path for route in bare[framework]().routes
    }
    endpoints = {
        WELL_KNOWN,
        *(f"/oauth/{name}" for name in ("authorize", "device", "device_authorization")),
        *(f"/oauth/{name}" for name in ("introspect", "revoke", "token")),
    }
    assert {path.rstrip("/") for path in added} == endpoints
    assert [str(warning.message) for warning in seen] == []


def test_the_plugin_adds_no_operation_to_openapi(framework: str, tmp_path: Path) -> None:
    """The endpoints are described by their RFCs and the metadata."""
    if framework == "starlette":
        assert "openapi" not in vars(build(framework, SQLiteStorage(tmp_path / "a.db")))
        return
    app = build(framework, SQLiteStorage(tmp_path / "a.db"))

    document = app.openapi() if framework == "fastapi" else app.openapi_schema.to_schema()

    assert not document.get("paths")


def test_litestar_gets_the_documented_dependencies_only(tmp_path: Path) -> None:
    """It also adds one middleware."""
    app = build("litestar", SQLiteStorage(tmp_path / "a.db"))

    assert set(app.dependencies) == {"oauth_session", "oauth_connection", "oauth_token"}
    assert len(app.middleware) == 1


@pytest.mark.parametrize("framework", ["starlette", "fastapi"])
def test_starlette_and_fastapi_get_one_middleware_only(framework: str, tmp_path: Path) -> None:
    """No dependency, no handler of exceptions, no state."""
    bare: Any = {"starlette": Starlette, "fastapi": FastAPI}[framework]()
    app = build(framework, SQLiteStorage(tmp_path / "a.db"))

    assert [each.cls.__name__ for each in app.user_middleware] == ["RequestScopeMiddleware"]
    assert app.exception_handlers.keys() == bare.exception_handlers.keys()
    assert app.state._state == {}
    if framework == "fastapi":
        assert app.router.dependencies == []
        assert app.dependency_overrides == {}


def test_every_framework_is_under_test() -> None:
    """One suite, three frameworks."""
    assert set(BUILDERS) == {"starlette", "fastapi", "litestar"}
