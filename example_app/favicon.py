"""The icon in the browser's tab; browsers request it on every site."""

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_ICON: Final = files("example_app").joinpath("static/favicon.svg").read_bytes()


async def favicon(_request: Request) -> Response:
    """The icon, cached for a day."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_ICON, media_type="image/svg+xml", headers=headers)


routes = [Route("/favicon.ico", favicon, methods=["GET"])]
