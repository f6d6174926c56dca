"""The security scheme in the application's OpenAPI document."""

from copy import copy

from litestar.config.app import AppConfig
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme
from litestar.routes import BaseRoute, HTTPRoute

from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.litestar.guards import ScopeGuard


def add_security_scheme(app_config: AppConfig, server: QScopeServer, name: str) -> None:
    """Describe under the name how a client obtains a token of this server."""
    if app_config.openapi_config is None:
        return
    scheme = _scheme(server)
    # A copy: the host may give one configuration to several applications.
    openapi = app_config.openapi_config = copy(app_config.openapi_config)
    own = Components(security_schemes={name: scheme})
    theirs = openapi.components
    openapi.components = [own, *(theirs if isinstance(theirs, list) else [theirs])]


def show_required_scopes(route: BaseRoute, name: str) -> None:
    """Note at each handler with a scope guard of its own which scopes of the scheme it needs."""
    if not isinstance(route, HTTPRoute):
        return
    for handler in route.route_handlers:
        guards = [guard for guard in handler.guards or () if isinstance(guard, ScopeGuard)]
        scopes = [scope for guard in guards for scope in guard.scopes]
        noted = handler.security or ()
        if guards and not any(name in requirement for requirement in noted):
            handler.security = [*noted, {name: scopes}]


def _scheme(server: QScopeServer) -> SecurityScheme:
    """The authorization code flow where the server has one, else a bearer token."""
    urls = server.authorization_code_urls
    if urls is None:
        return SecurityScheme(type="http", scheme="bearer")
    flow = OAuthFlow(
        authorization_url=urls.authorization,
        token_url=urls.token,
        refresh_url=urls.token,
        scopes=dict(server.settings.scopes),
    )
    return SecurityScheme(type="oauth2", flows=OAuthFlows(authorization_code=flow))
