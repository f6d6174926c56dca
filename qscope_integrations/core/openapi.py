"""The endpoints as an OpenAPI document, for tools that test or explore them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.endpoints.metadata import metadata_path

_Json = dict[str, Any]

_CLIENT: Final = ("client_id", "client_secret", "client_assertion", "client_assertion_type")
_TOKEN_REQUEST: Final = (
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "device_code",
    "scope",
    "resource",
)
_AUTHORIZATION_REQUEST: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
)
_ERROR: Final[_Json] = {"$ref": "#/components/schemas/Error"}
_FAILURES: Final = {
    "400": "The request is wrong (RFC 6749 section 5.2).",
    "401": "The client is not authenticated.",
    "405": "The method is not served here.",
    "413": "The body is too large.",
    "429": "Too many failed attempts.",
    "503": "The database can not be used now.",
}
_PAGES: Final = {
    "200": "A page.",
    "302": "To the login page, or back to the client.",
    "303": "Back to the client, or on to the next page.",
    "400": "A page that says what is wrong.",
    "403": "The form belongs to another session.",
    "404": "There is nothing of that name.",
    "405": "The method is not served here.",
    "409": "It was decided before.",
    "410": "It has expired.",
    "413": "The body is too large.",
    "429": "Too many failed attempts.",
    "503": "The database can not be used now.",
}


def openapi_document(config: QScopeConfig) -> _Json:
    """OpenAPI 3.1 for the built-in endpoints; paths hold the issuer's, the server is its origin."""
    parts, base = urlsplit(config.issuer), f"{config.base_path}/oauth"
    token, client = {"token": {"type": "string"}, "token_type_hint": {"type": "string"}}, _CLIENT
    return {
        "openapi": "3.1.0",
        "info": {"title": "OAuth 2 authorization server", "version": "1"},
        "servers": [{"url": f"{parts.scheme}://{parts.netloc}"}],
        "paths": {
            f"{base}/authorize": {
                "get": _page("authorize", query=_AUTHORIZATION_REQUEST),
                "post": _page("decide", form=("request", "decision")),
            },
            f"{base}/token": {"post": _api("token", _texts(*_TOKEN_REQUEST, *client))},
            f"{base}/revoke": {"post": _api("revoke", token | _texts(*client))},
            f"{base}/introspect": {"post": _api("introspect", token | _texts(*client))},
            f"{base}/device_authorization": {
                "post": _api("device_authorization", _texts("scope", "resource", *client))
            },
            f"{base}/device": {
                "get": _page("device", query=("user_code",)),
                "post": _page("decide_device", form=("user_code", "request", "decision")),
            },
            metadata_path(config): {"get": {"operationId": "metadata", "responses": _answers()}},
        },
        "components": {
            "schemas": {"Error": _error_schema()},
            "securitySchemes": {"client": {"type": "http", "scheme": "basic"}},
        },
    }


def _texts(*names: str) -> _Json:
    return {name: {"type": "string"} for name in names}


def _error_schema() -> _Json:
    return {
        "type": "object",
        "required": ["error"],
        "properties": _texts("error", "error_description"),
        "additionalProperties": False,
    }


def _form(properties: Mapping[str, Any]) -> _Json:
    schema = {"type": "object", "properties": dict(properties)}
    return {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _answers() -> _Json:
    good = {"application/json": {"schema": {"type": "object"}}}
    wrong = {"application/json": {"schema": _ERROR}}
    failures = {
        status: {"description": text, "content": wrong} for status, text in _FAILURES.items()
    }
    return {"200": {"description": "JSON.", "content": good}, **failures}


def _api(name: str, properties: Mapping[str, Any]) -> _Json:
    return {
        "operationId": name,
        "security": [{"client": []}, {}],
        "requestBody": _form(properties),
        "responses": _answers(),
    }


def _page(name: str, *, query: Sequence[str] = (), form: Sequence[str] = ()) -> _Json:
    html = {"text/html": {"schema": {"type": "string"}}}
    operation: _Json = {
        "operationId": name,
        "parameters": [
            {"name": each, "in": "query", "schema": {"type": "string"}} for each in query
        ],
        "responses": {
            status: {"description": text} | ({} if status.startswith("3") else {"content": html})
            for status, text in _PAGES.items()
        },
    }
    return operation | {"requestBody": _form(_texts(*form))} if form else operation
