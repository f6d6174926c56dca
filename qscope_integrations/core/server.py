"""The authorization server without a framework: endpoints as functions from request to response."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from authlib.oauth2 import OAuth2Error

from qscope_integrations.core.authlib_server import GrantServer
from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.context import RequestContext, current_context
from qscope_integrations.core.endpoints._form import read_form
from qscope_integrations.core.endpoints.authorize import AUTHORIZE_PATH, AuthorizeEndpoint
from qscope_integrations.core.endpoints.device import DevicePage
from qscope_integrations.core.endpoints.device_authorization import (
    DEVICE_PATH,
    device_authorization,
)
from qscope_integrations.core.endpoints.host import host_endpoint
from qscope_integrations.core.endpoints.introspect import introspect
from qscope_integrations.core.endpoints.metadata import metadata_path, server_metadata
from qscope_integrations.core.endpoints.revoke import revoke
from qscope_integrations.core.endpoints.token import token
from qscope_integrations.core.errors import (
    UNFORESEEN,
    MethodNotAllowedError,
    Problem,
    problem_of,
    unavailable,
)
from qscope_integrations.core.events import EventDispatcher
from qscope_integrations.core.http import Headers, HttpRequest, HttpResponse
from qscope_integrations.core.openapi import openapi_document
from qscope_integrations.core.page_templates import PageTemplates
from qscope_integrations.core.pages import Pages
from qscope_integrations.core.pruning import pruning
from qscope_integrations.core.responses import json_response
from qscope_store import Storage, StorageUnavailable

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], Awaitable[HttpResponse]]

# Scripts of any origin may call these: they send no cookies, and what they get is theirs.
_CORS: Final[Headers] = (("access-control-allow-origin", "*"),)
_PREFLIGHT: Final[Headers] = (
    *_CORS,
    ("access-control-allow-methods", "GET, POST"),
    ("access-control-allow-headers", "authorization, content-type"),
    ("access-control-max-age", "600"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One path of the server."""

    path: str
    answer: Answer
    is_page: bool = False
    """Whether people see it; errors are then pages instead of JSON."""
    is_cross_origin: bool = False
    hides_query: bool = False
    """Whether the plugin takes the query out of the ASGI scope, so that no access log has it."""


class QScopeServer:
    """The endpoints of one issuer over one storage."""

    def __init__(self, config: QScopeConfig, storage: Storage[Any]) -> None:
        self.config = config
        self.storage = storage
        self._grants = GrantServer(config)
        self._events = EventDispatcher(config.subscribers)
        if config.subscribers:
            storage.subscribe(self._events.publish)
        self._pages = Pages(config)
        self._authorize = AuthorizeEndpoint(config, self._grants, self._pages)
        self._device = DevicePage(config, self._pages)
        # Frameworks compare a path with one route after the other: the busiest come first.
        self.endpoints: tuple[Endpoint, ...] = (
            *self._endpoints_of_clients(f"{config.base_path}/oauth"),
            *self._pages_for_people(config.base_path),
            *_documents(config, grant_types=self._grants.grant_types),
        )

    def _endpoints_of_clients(self, base: str) -> Iterator[Endpoint]:
        yield Endpoint(path=f"{base}/token", answer=self._answer_token, is_cross_origin=True)
        yield Endpoint(path=f"{base}/introspect", answer=self._answer_introspect)
        yield Endpoint(path=f"{base}/revoke", answer=self._answer_revoke, is_cross_origin=True)
        yield Endpoint(
            path=f"{base}/device_authorization", answer=self._answer_device_authorization
        )
        for each in self.config.authlib.endpoints:
            name = each.ENDPOINT_NAME
            answer = partial(self._answer_host_endpoint, name)
            yield Endpoint(path=f"{base}/{name}", answer=answer)

    def _pages_for_people(self, base: str) -> Iterator[Endpoint]:
        yield Endpoint(path=base + AUTHORIZE_PATH, answer=self._answer_authorize, is_page=True)
        yield Endpoint(
            path=base + DEVICE_PATH, answer=self._answer_device, is_page=True, hides_query=True
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The life of the server in one process: storage open, subscribers told, old rows pruned.

        Raises `SchemaError` or `StorageUnavailable` when the database cannot be used as it is.
        """
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
        """Take pages from the host framework's templates, where the configuration has none."""
        self._pages.use(templates)

    async def respond(self, endpoint: Endpoint, http: HttpRequest) -> HttpResponse:
        """The answer of an endpoint, whatever happens inside it. This is the outer boundary."""
        if endpoint.is_cross_origin and http.method == "OPTIONS":
            return HttpResponse(status=204, headers=_PREFLIGHT)
        try:
            response = await endpoint.answer(http)
        except OAuth2Error as error:
            response = self._problem(endpoint, http, problem_of(error))
        except StorageUnavailable as error:
            logger.warning("storage_unavailable ray_id=%s reason=%s", http.ray_id, error)
            response = self._problem(endpoint, http, unavailable(error))
        except Exception:
            logger.exception("unforeseen_error ray_id=%s path=%s", http.ray_id, endpoint.path)
            response = self._problem(endpoint, http, UNFORESEEN)
        if not endpoint.is_cross_origin:
            return response
        return HttpResponse(
            status=response.status, headers=response.headers + _CORS, body=response.body
        )

    def _problem(self, endpoint: Endpoint, http: HttpRequest, problem: Problem) -> HttpResponse:
        if endpoint.is_page:
            return self._pages.error(problem, http)
        return problem.as_json()

    async def _in_context(
        self,
        http: HttpRequest,
        answer: Callable[[RequestContext], Awaitable[HttpResponse]],
    ) -> HttpResponse:
        """Answer a request that carries a form, within a session of its own."""
        parameters = read_form(http)
        async with self.storage.session(http.ray_id) as session:
            context = RequestContext(
                config=self.config, session=session, http=http, parameters=parameters
            )
            current_context.set(context)
            return await answer(context)

    async def _answer_authorize(self, http: HttpRequest) -> HttpResponse:
        async with self.storage.session(http.ray_id) as session:
            return await self._authorize(http, session)

    async def _answer_token(self, http: HttpRequest) -> HttpResponse:
        return await self._in_context(http, partial(token, self._grants))

    async def _answer_revoke(self, http: HttpRequest) -> HttpResponse:
        return await self._in_context(http, revoke)

    async def _answer_introspect(self, http: HttpRequest) -> HttpResponse:
        return await self._in_context(http, introspect)

    async def _answer_host_endpoint(self, name: str, http: HttpRequest) -> HttpResponse:
        return await self._in_context(http, partial(host_endpoint, self._grants, name))

    async def _answer_device_authorization(self, http: HttpRequest) -> HttpResponse:
        return await self._in_context(http, device_authorization)

    async def _answer_device(self, http: HttpRequest) -> HttpResponse:
        async with self.storage.session(http.ray_id) as session:
            return await self._device(http, session)


def _documents(config: QScopeConfig, *, grant_types: list[str]) -> Iterator[Endpoint]:
    """What the server says about itself; OpenAPI where the configuration asks for it."""
    yield _document(metadata_path(config), server_metadata(config, grant_types=grant_types))
    if config.serves_openapi:
        yield _document(f"{config.base_path}/oauth/openapi.json", openapi_document(config))


def _document(path: str, content: Mapping[str, Any]) -> Endpoint:
    answer = partial(_answer_document, json_response(200, content))
    return Endpoint(path=path, answer=answer, is_cross_origin=True)


async def _answer_document(document: HttpResponse, http: HttpRequest) -> HttpResponse:
    if http.method not in {"GET", "HEAD"}:
        raise MethodNotAllowedError("GET, HEAD")
    return document
