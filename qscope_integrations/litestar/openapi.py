"""The security scheme in the application's OpenAPI document."""

from copy import copy

from litestar.config.app import AppConfig
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme
from litestar.routes import BaseRoute, HTTPRoute

from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.litestar.guards import ScopeGuard


def add_security_scheme(app_config: AppConfig, server: QScopeServer, name: str) -> None:
    """Describe under this name how a client obtains a token from the server."""
    if app_config.openapi_config is None:
        return
    scheme = _scheme(server)
    # Copied, because several applications may share one configuration.
    openapi = app_config.openapi_config = copy(app_config.openapi_config)
    own = Components(security_schemes={name: scheme})
    theirs = openapi.components
    openapi.components = [own, *(theirs if isinstance(theirs, list) else [theirs])]


def show_required_scopes(route: BaseRoute, name: str) -> None:
    """Record for each handler that has a scope guard itself which scopes it requires."""
    if not isinstance(route, HTTPRoute):
        return
    for handler in route.route_handlers:
        guards = [guard for guard in handler.guards or () if isinstance(guard, ScopeGuard)]
        scopes = [scope for guard in guards for scope in guard.scopes]
        noted = handler.security or ()
        if guards and not any(name in requirement for requirement in noted):
            handler.security = [*noted, {name: scopes}]


def _scheme(server: QScopeServer) -> SecurityScheme:
    """The authorization code flow if the server has one, else a bearer token."""
    urls = server.authorization_code_urls
    if urls is None:
        return SecurityScheme(type="http", scheme="bearer")
    flow = OAuthFlow(
        authorization_url=urls.authorization,
        token_url=urls.token,
        refresh_url=urls.refresh,
        scopes=dict(server.settings.scopes),
    )
    return SecurityScheme(type="oauth2", flows=OAuthFlows(authorization_code=flow))
