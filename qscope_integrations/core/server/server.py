"""The authorization server without a framework: endpoints as functions from request to response.

`respond` is the outer boundary of every endpoint. Every outcome becomes one response and, if the
request is refused, one line in the log.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2 import OAuth2Error

from qscope_integrations.core.clients.authentication import (
    AUTH_METHODS,
    CLIENT_PARAMETERS,
    presented_client_id,
)
from qscope_integrations.core.feature import ServerParts
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_integrations.core.kernel.errors import (
    UNEXPECTED,
    MethodNotAllowedError,
    Problem,
    Refusal,
    problem_of,
    refusal_of,
    unavailable,
)
from qscope_integrations.core.kernel.http import (
    Headers,
    HttpRequest,
    HttpResponse,
    json_response,
    redirect_response,
)
from qscope_integrations.core.kernel.log import (
    REQUEST_REFUSED,
    STORAGE_UNAVAILABLE,
    SUSPICIOUS,
    UNEXPECTED_ERROR,
    LogEvent,
)
from qscope_integrations.core.kernel.parameters import Parameters, parse_parameters, read_form
from qscope_integrations.core.kernel.settings import ConfigurationError
from qscope_integrations.core.pages.pages import Pages
from qscope_integrations.core.pages.templates import PageTemplates
from qscope_integrations.core.server.config import QScopeConfig
from qscope_integrations.core.server.events import EventDispatcher
from qscope_integrations.core.server.metadata import METADATA_NAME, server_metadata
from qscope_integrations.core.server.openapi import openapi_document
from qscope_integrations.core.server.pruning import pruning
from qscope_integrations.core.tokens.authlib import AuthlibServer
from qscope_store import Storage, StorageUnavailable

# Scripts of any origin may call these endpoints, which use no cookies, and read the response.
_CORS: Final[Headers] = (("access-control-allow-origin", "*"),)
_PREFLIGHT: Final[Headers] = (
    *_CORS,
    ("access-control-allow-methods", "GET, POST"),
    ("access-control-allow-headers", "authorization, content-type"),
    ("access-control-max-age", "600"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCodeUrls:
    """The URLs of an authorization code flow."""

    authorization: str
    token: str
    refresh: str | None
    """None without the refresh token grant."""


class QScopeServer:
    """The endpoints of one issuer over one storage."""

    def __init__(self, config: QScopeConfig, storage: Storage[Any]) -> None:
        """Compose the features. Raises `ConfigurationError` when two serve the same path."""
        self.config = config
        self.storage = storage
        self.settings = config.settings
        self.tokens = config.tokens
        self.features = tuple(config.features)
        self._events = EventDispatcher(config.subscribers)
        if config.subscribers:
            storage.subscribe(self._events.publish)
        packages = [each.templates for each in self.features if each.templates is not None]
        self._pages = Pages(self.settings, config.templates, packages)
        self._authlib = AuthlibServer(config.clients, config.tokens)
        self.endpoints = _sorted(self._endpoints())
        self.metadata: Mapping[str, Any] = {}
        self.endpoints += tuple(self._documents())
        _check_paths(self.endpoints)
        self._form_parameters = frozenset(
            name
            for endpoint in self.endpoints
            for operation in endpoint.operations
            for name in operation.form
        ) - {"request", "decision"}

    @property
    def authorization_code_urls(self) -> AuthorizationCodeUrls | None:
        """The URLs of the authorization code flow, for OpenAPI; None without that grant."""
        authorization = self.metadata.get("authorization_endpoint")
        token = self.metadata.get("token_endpoint")
        if authorization is None or token is None:
            return None
        refresh = token if "refresh_token" in self._authlib.grant_types else None
        return AuthorizationCodeUrls(authorization=authorization, token=token, refresh=refresh)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The life of the server in one process: storage open, subscribers served, rows pruned.

        Raises `SchemaError` or `StorageUnavailable` when the database is not usable, and
        `ConfigurationError` when a feature finds that one of its rules does not hold.
        """
        for feature in self.features:
            await feature.prove(self.settings)
        await self.storage.open()
        try:
            async with (
                self._events.running(),
                pruning(self.storage, interval_s=self.config.prune_interval_s),
            ):
                yield
        finally:
            await self.storage.close()

    def use_templates(self, templates: PageTemplates) -> None:
        """Use the framework's templates for pages that the configuration does not replace."""
        self._pages.use(templates)

    async def respond(self, endpoint: Endpoint, http: HttpRequest) -> HttpResponse:
        """The response of an endpoint, even after an unexpected error."""
        if endpoint.is_cross_origin and http.method == "OPTIONS":
            return HttpResponse(status=204, headers=_PREFLIGHT)
        parameters = Parameters()
        try:
            parameters = self._read(endpoint, http)
            async with self.storage.session(http.ray_id) as session:
                context = RequestContext(
                    settings=self.settings, session=session, http=http, parameters=parameters
                )
                response = await endpoint.handle(context)
        except Exception as error:  # noqa: BLE001 - the boundary: a bug must not be a raw 500
            response = self._refuse(endpoint, http, parameters, error)
        if not endpoint.is_cross_origin:
            return response
        return HttpResponse(
            status=response.status, headers=response.headers + _CORS, body=response.body
        )

    def _read(self, endpoint: Endpoint, http: HttpRequest) -> Parameters:
        if http.method not in endpoint.methods:
            raise MethodNotAllowedError(", ".join(endpoint.methods))
        if http.method == "POST":
            return read_form(http, self._form_parameters)
        return Parameters() if endpoint.is_document else parse_parameters(http.query)

    def _refuse(
        self, endpoint: Endpoint, http: HttpRequest, parameters: Parameters, error: Exception
    ) -> HttpResponse:
        """Log why the request is refused, in one line, and respond."""
        event, problem, reason = _judged(error)
        location = error.redirect_uri if isinstance(error, OAuth2Error) else None
        redirect = None if location is None else redirect_response(http.method, location)
        event.log_at(
            SUSPICIOUS if reason.is_suspicious else event.level,
            error if event is UNEXPECTED_ERROR else None,
            ray_id=http.ray_id,
            endpoint=endpoint.name,
            client=reason.client_id or presented_client_id(http, parameters),
            status=problem.status if redirect is None else redirect.status,
            error_code=problem.error,
            reason=reason.reason,
        )
        if redirect is not None:
            return redirect
        return self._pages.error(problem, http) if endpoint.is_page else problem.as_json()

    def _endpoints(self) -> Iterator[Endpoint]:
        """The token endpoint, if there is a grant, and the endpoints of the features."""
        parts = ServerParts(
            settings=self.settings,
            clients=self.config.clients,
            users=self.config.users,
            tokens=self.config.tokens,
            pages=self._pages,
            authorization_checks=[
                check for feature in self.features for check in feature.authorization_checks()
            ],
        )
        parameters = self._add_grants()
        if self._authlib.grant_types:
            yield Endpoint(
                name="token",
                path=self.settings.endpoint_path("token"),
                handle=self._authlib.respond,
                operations=(Operation(method="POST", name="token", form=parameters),),
                metadata_member="token_endpoint",
                client_auth_methods=AUTH_METHODS,
                is_cross_origin=True,
            )
        for feature in self.features:
            yield from feature.endpoints(parts)

    def _add_grants(self) -> tuple[str, ...]:
        """Serve the grants of all features; returns the form parameters of the token endpoint."""
        parameters = ["grant_type"]
        for feature in self.features:
            for spec in feature.grants():
                extensions = [
                    extension
                    for each in self.features
                    for extension in each.grant_extensions().get(spec.grant_type, ())
                ]
                self._authlib.add_grant(spec, extensions)
                parameters += spec.parameters
        return tuple(dict.fromkeys((*parameters, *CLIENT_PARAMETERS)))

    def _documents(self) -> Iterator[Endpoint]:
        """The metadata document and, if the configuration enables it, the OpenAPI document."""
        self.metadata = server_metadata(
            self.settings, self.endpoints, self.features, self._authlib.grant_types
        )
        metadata = _document(
            "metadata", self.settings.well_known_path(METADATA_NAME), self.metadata
        )
        yield metadata
        if self.config.serves_openapi:
            content = openapi_document(self.settings, (*self.endpoints, metadata))
            yield _document("openapi", self.settings.endpoint_path("openapi.json"), content)


def _sorted(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """Endpoints of clients before pages, because frameworks try routes in order."""
    return tuple(sorted(endpoints, key=lambda endpoint: endpoint.is_page))


def _check_paths(endpoints: Iterable[Endpoint]) -> None:
    taken: dict[str, str] = {}
    for endpoint in endpoints:
        if endpoint.path in taken:
            raise ConfigurationError(
                f"features: the endpoints {taken[endpoint.path]} and {endpoint.name} have the same"
                f" path {endpoint.path}."
            )
        taken[endpoint.path] = endpoint.name


def _document(name: str, path: str, content: Mapping[str, Any]) -> Endpoint:
    response = json_response(200, content)

    async def handle(_: RequestContext) -> HttpResponse:
        return response

    return Endpoint(
        name=name,
        path=path,
        handle=handle,
        operations=(Operation(method="GET", name=name),),
        is_document=True,
        is_cross_origin=True,
    )


def _judged(error: Exception) -> tuple[LogEvent, Problem, Refusal]:
    """The event of an error, what the client sees, and what only the log holds."""
    match error:
        case OAuth2Error():
            return REQUEST_REFUSED, problem_of(error), refusal_of(error)
        case StorageUnavailable():
            return STORAGE_UNAVAILABLE, unavailable(error), Refusal(reason=str(error))
        case _:
            return UNEXPECTED_ERROR, UNEXPECTED, Refusal(reason=type(error).__name__)
