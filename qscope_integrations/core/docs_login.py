"""Signing in at the page that documents an API."""

from typing import Any


def docs_login(client_id: str) -> dict[str, Any]:
    """What makes the Authorize button of Swagger UI work, for its `initOAuth`.

    `client_id` is a public client; its redirect URI is the page that Swagger UI comes back to.
    """
    return {"clientId": client_id, "usePkceWithAuthorizationCodeGrant": True}
