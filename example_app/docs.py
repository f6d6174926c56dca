"""The client behind the Authorize button of the API's documentation page."""

from typing import Final

DOCS_CLIENT_ID: Final = "demo-docs"


# The redirect URIs of Swagger UI. Starlette has no such page.
DOCS_CALLBACKS: Final = {
    "fastapi": "/docs/oauth2-redirect",
    "litestar": "/schema/oauth2-redirect.html",
}
