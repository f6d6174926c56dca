"""The endpoints as an OpenAPI document, for tools that test or explore them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_integrations.core.kernel.settings import Settings

_Json = dict[str, Any]

_FAILURES: Final = {
    "400": "The request is invalid (RFC 6749 section 5.2).",
    "401": "Client authentication failed.",
    "405": "The endpoint does not serve this method.",
    "413": "The body is too large.",
    "429": "Too many failed attempts.",
    "503": "The database does not respond.",
}
_PAGES: Final = {
    "200": "A page.",
    "302": "A redirect to the login page or back to the client.",
    "303": "A redirect back to the client or to the next page.",
    "400": "A page that describes the error.",
    "403": "The form belongs to another session.",
    "404": "The page has nothing under this name or code.",
    "405": "The endpoint does not serve this method.",
    "409": "The request has already been decided.",
    "410": "The request has expired.",
    "413": "The body is too large.",
    "429": "Too many failed attempts.",
    "503": "The database does not respond.",
}


def openapi_document(settings: Settings, endpoints: Iterable[Endpoint]) -> _Json:
    """OpenAPI 3.1. The server is the issuer's origin, and paths include the issuer's path."""
    parts = urlsplit(settings.issuer)
    return {
        "openapi": "3.1.0",
        "info": {"title": "OAuth 2 authorization server", "version": "1"},
        "servers": [{"url": f"{parts.scheme}://{parts.netloc}"}],
        "paths": {
            endpoint.path: {
                operation.method.lower(): _operation(endpoint, operation)
                for operation in endpoint.operations
            }
            for endpoint in endpoints
        },
        "components": {
            "schemas": {"Error": _error_schema()},
            "securitySchemes": {"client": {"type": "http", "scheme": "basic"}},
        },
    }


def docs_login(client_id: str) -> _Json:
    """The parameters of Swagger UI's `initOAuth`, with which its Authorize button works.

    `client_id` is a public client; its redirect URI is the page to which Swagger UI returns.
    """
    return {"clientId": client_id, "usePkceWithAuthorizationCodeGrant": True}


def _operation(endpoint: Endpoint, operation: Operation) -> _Json:
    described: _Json = {"operationId": operation.name}
    if operation.query:
        described["parameters"] = [
            {"name": each, "in": "query", "schema": {"type": "string"}} for each in operation.query
        ]
    if operation.form:
        described["requestBody"] = _form(operation.form)
    if endpoint.is_page:
        return described | {"responses": _page_responses()}
    if not endpoint.is_document:
        described["security"] = [{"client": []}, {}]
    return described | {"responses": _json_responses()}


def _texts(names: Sequence[str]) -> _Json:
    return {name: {"type": "string"} for name in names}


def _error_schema() -> _Json:
    return {
        "type": "object",
        "required": ["error"],
        "properties": _texts(("error", "error_description")),
        "additionalProperties": False,
    }


def _form(names: Sequence[str]) -> _Json:
    schema = {"type": "object", "properties": _texts(names)}
    return {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _json_responses() -> _Json:
    success = {"application/json": {"schema": {"type": "object"}}}
    failure = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    failures = {
        status: {"description": text, "content": failure} for status, text in _FAILURES.items()
    }
    return {"200": {"description": "JSON.", "content": success}, **failures}


def _page_responses() -> _Json:
    html = {"text/html": {"schema": {"type": "string"}}}
    return {
        status: {"description": text} | ({} if status.startswith("3") else {"content": html})
        for status, text in _PAGES.items()
    }
