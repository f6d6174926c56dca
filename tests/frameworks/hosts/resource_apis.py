"""An API on each framework that has no database of the tokens that it accepts."""

from typing import Annotated, Any

from fastapi import FastAPI, Security
from litestar import Litestar, get
from litestar import Request as LitestarRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qscope_integrations import RemoteTokenVerifier, TokenInfo
from qscope_integrations.fastapi import ResourceServer as FastAPIResourceServer
from qscope_integrations.fastapi import current_token
from qscope_integrations.litestar import ResourceServerPlugin
from qscope_integrations.litestar import requires_scopes as litestar_requires_scopes
from qscope_integrations.starlette import ResourceServer, requires_scopes


def on_starlette(verifier: RemoteTokenVerifier) -> Starlette:
    server = ResourceServer(verifier)

    @requires_scopes("profile")
    async def me(request: Request) -> JSONResponse:
        return JSONResponse({"sub": request.user.external_id})

    return Starlette(
        routes=[Route("/me", me)], lifespan=server.lifespan, middleware=server.middleware()
    )


def on_fastapi(verifier: RemoteTokenVerifier) -> FastAPI:
    server = FastAPIResourceServer(verifier)
    app = FastAPI(lifespan=server.lifespan, middleware=server.middleware())

    @app.get("/me")
    async def me(
        token: Annotated[TokenInfo, Security(current_token, scopes=["profile"])],
    ) -> dict[str, str | None]:
        return {"sub": token.external_id}

    return app


def on_litestar(verifier: RemoteTokenVerifier) -> Litestar:
    @get("/me", guards=[litestar_requires_scopes("profile")])
    async def me(request: LitestarRequest[Any, TokenInfo, Any]) -> dict[str, str | None]:
        return {"sub": request.auth.external_id}

    return Litestar([me], plugins=[ResourceServerPlugin(verifier)], logging_config=None)


ON = {"starlette": on_starlette, "fastapi": on_fastapi, "litestar": on_litestar}
