"""Hello-world JSON on each framework: the limit that framework and ASGI server set."""

from typing import TYPE_CHECKING

from benchmarks.servers.collector import tune_collector

if TYPE_CHECKING:
    from fastapi import FastAPI
    from litestar import Litestar
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse


# Imports are inside the functions, so that only one framework is loaded.
def starlette_app() -> "Starlette":
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.responses import JSONResponse  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    async def hello(_request: "Request") -> "JSONResponse":
        return JSONResponse({"hello": "world"})

    app = Starlette(routes=[Route("/hello", hello)])
    tune_collector()
    return app


def fastapi_app() -> "FastAPI":
    from fastapi import FastAPI  # noqa: PLC0415

    app = FastAPI()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    tune_collector()
    return app


def litestar_app() -> "Litestar":
    from litestar import Litestar, get  # noqa: PLC0415

    @get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    app = Litestar(route_handlers=[hello])
    tune_collector()
    return app
