"""The security scheme in the application's OpenAPI document."""

from copy import copy

from litestar.config.app import AppConfig
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme
from litestar.routes import BaseRoute, HTTPRoute

from qscope_integrations.core import QScopeConfig
from qscope_integrations.litestar.guards import ScopeGuard


def add_security_scheme(app_config: AppConfig, config: QScopeConfig, name: str) -> None:
    """Describe the authorization code flow of this server under the name."""
    if app_config.openapi_config is None:
        return
    flow = OAuthFlow(
        authorization_url=f"{config.issuer}/oauth/authorize",
        token_url=f"{config.issuer}/oauth/token",
        refresh_url=f"{config.issuer}/oauth/token",
        scopes=dict(config.scopes),
    )
    scheme = SecurityScheme(type="oauth2", flows=OAuthFlows(authorization_code=flow))
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
