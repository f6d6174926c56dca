"""The token endpoint (RFC 6749 section 3.2)."""

from typing import cast

from qscope_integrations.core.authlib_server import GrantServer
from qscope_integrations.core.bridge import run
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.oauth_request import ContextRequest


async def token(server: GrantServer, context: RequestContext) -> HttpResponse:
    """Trade a grant for tokens."""
    response = await run(server.create_token_response, ContextRequest(context))
    return cast("HttpResponse", response)  # what GrantServer.handle_response made
