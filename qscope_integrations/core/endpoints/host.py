"""An Authlib endpoint that the host has registered."""

from typing import cast

from qscope_integrations.core.authlib_server import GrantServer
from qscope_integrations.core.bridge import run
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.oauth_request import ContextRequest


async def host_endpoint(server: GrantServer, name: str, context: RequestContext) -> HttpResponse:
    """What the endpoint answers to a form. Raises `RuntimeError` when it answers nothing."""
    response = await run(server.create_endpoint_response, name, ContextRequest(context))
    if response is None:
        raise RuntimeError(f"The endpoint {name} gave no answer.")
    return cast("HttpResponse", response)  # what GrantServer.handle_response made
