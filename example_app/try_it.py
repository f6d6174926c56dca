"""A demo client in the same process that runs the authorization code flow.

Like any other client, it uses a client library and real requests.
"""

from typing import Any, Final

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from example_app.pages import page
from example_app.settings import Settings

CLIENT_ID: Final = "demo"
CALLBACK_PATH: Final = "/demo/callback"
_FLOW: Final = "demo_flow"


async def start(request: Request) -> Response:
    """Redirect the browser to the server, and store what to compare its response with."""
    settings: Settings = request.app.state.settings
    verifier = generate_token(64)
    async with _client(settings) as client:
        url, state = client.create_authorization_url(
            f"{settings.issuer}/oauth/authorize", code_verifier=verifier
        )
    request.session[_FLOW] = {"state": state, "verifier": verifier}
    return RedirectResponse(url, status_code=303)


async def callback(request: Request) -> Response:
    """Check the response, exchange the code for tokens, call the API, and show the results."""
    settings: Settings = request.app.state.settings
    flow = request.session.pop(_FLOW, None)
    result = request.query_params
    if flow is None or result.get("state") != flow["state"] or result.get("iss") != settings.issuer:
        return _message(request, "This response matches no request of this browser. Start again.")
    if "code" not in result:
        return _message(request, f"The server returned no code. Error: {result.get('error')!a}")
    try:
        token, profile = await _exchange(settings, result["code"], flow["verifier"])
    except (OAuthError, httpx2.HTTPError) as error:
        return _message(request, f"The code could not be exchanged for a token: {error}")
    return page(request, "tokens.html", title="It works", token=token, profile=profile)


async def _exchange(
    settings: Settings, code: str, verifier: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    async with _client(settings) as client:
        token = await client.fetch_token(
            f"{settings.issuer}/oauth/token", code=code, code_verifier=verifier
        )
        profile = await client.get(f"{settings.origin}/api/me")
        profile.raise_for_status()
        return token, profile.json()


def _client(settings: Settings) -> Any:
    return AsyncOAuth2Client(
        client_id=CLIENT_ID,
        redirect_uri=settings.origin + CALLBACK_PATH,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
        trust_env=False,
        timeout=10,
    )


def _message(request: Request, message: str) -> Response:
    return page(request, "message.html", status=400, title="No access", message=message)


routes = [
    Route("/demo/start", start, methods=["GET"]),
    Route(CALLBACK_PATH, callback, methods=["GET"]),
]
