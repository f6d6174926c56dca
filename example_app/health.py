"""Health checks: whether the process is alive, and whether it is ready to serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qscope_store.contracts import StorageError


async def healthz(_request: Request) -> Response:
    """The process is alive."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """The database responds and lets a write begin; otherwise 503.

    Nothing is written, so a full disk goes unnoticed.
    """
    try:
        await request.app.state.storage.check()
    except StorageError:
        return JSONResponse({"status": "unavailable"}, status_code=503)
    return JSONResponse({"status": "ok"})


routes = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
]
