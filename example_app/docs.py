"""The client that the API's documentation page is: its Authorize button goes through consent."""

from typing import Final

DOCS_CLIENT_ID: Final = "demo-docs"


# Where Swagger UI takes the answer of the authorization server; Starlette has no such page.
DOCS_CALLBACKS: Final = {
    "fastapi": "/docs/oauth2-redirect",
    "litestar": "/schema/oauth2-redirect.html",
}
