"""The home page: the server, the signed-in user, and the apps with access."""

import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from example_app.audit import audit_event
from example_app.forms import read_form
from example_app.pages import page
from example_app.settings import Settings
from example_app.users import signed_in
from qscope_integrations.starlette import oauth_session
from qscope_store.models import AuditEventType, ClientKey, GrantedClient
from qscope_store.result import FailedResult


async def home(request: Request) -> Response:
    """The page at `/`."""
    settings: Settings = request.app.state.settings
    return page(
        request,
        "home.html",
        title="qscope example",
        issuer=settings.issuer,
        origin=settings.origin,
        metadata=_metadata_path(settings),
        framework=settings.framework.capitalize(),
        database=settings.database_kind,
        apps=await _granted_clients(request),
    )


def _metadata_path(settings: Settings) -> str:
    # RFC 8414 section 3: the well-known path precedes the path of the issuer.
    path = settings.issuer.removeprefix(settings.origin)
    return f"/.well-known/oauth-authorization-server{path}"


async def revoke_app(request: Request) -> Response:
    """Revoke the access that the signed-in user has granted to one client."""
    form = await read_form(request)
    user = signed_in(request)
    user_id = await _oauth_user_id(request)
    client_key = ClientKey(form.get("client_id", ""))
    if user is not None and user_id is not None:
        session = oauth_session(request)
        event = audit_event(
            session,
            AuditEventType.GRANT_REVOKED,
            client_id=client_key,
            user_id=user_id,
            actor=f"user:{user['id']}",
        )
        await session.grants.revoke_client_grants(
            client_key, user_id, audit=event, now=int(time.time()), ray_id=session.ray_id
        )
    return RedirectResponse("/", status_code=303)


async def _granted_clients(request: Request) -> tuple[GrantedClient, ...]:
    user_id = await _oauth_user_id(request)
    if user_id is None:
        return ()
    session = oauth_session(request)
    result = await session.grants.list_granted_clients(
        user_id, now=int(time.time()), ray_id=session.ray_id
    )
    return () if isinstance(result, FailedResult) else result.client_message


async def _oauth_user_id(request: Request) -> str | None:
    """The store's key of the signed-in user; None until the user first grants access."""
    user = signed_in(request)
    if user is None:
        return None
    session = oauth_session(request)
    result = await session.users.get_by_external_id(user["id"], ray_id=session.ray_id)
    return None if isinstance(result, FailedResult) else result.client_message.id


routes = [
    Route("/", home, methods=["GET"]),
    Route("/apps/revoke", revoke_app, methods=["POST"]),
]
