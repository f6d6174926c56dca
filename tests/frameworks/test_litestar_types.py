"""What the plugin passes to Litestar handlers can be returned, described and reduced by a DTO."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from litestar import Litestar, Request, get
from litestar.di import NamedDependency
from litestar.dto import DataclassDTO, DTOConfig

from qscope_integrations import TokenInfo
from qscope_integrations.litestar import BearerUser, QScopePlugin, requires_scopes
from qscope_integrations.pytest_plugin import BearerTokens, bearer_tokens, oauth_database
from qscope_store import Client, StoreSession
from qscope_store.sqlite import SQLiteStorage
from tests.frameworks.conftest import CLIENT_TIMEOUT_S
from tests.frameworks.serving import serving
from tests.host import make_config

__all__ = ["bearer_tokens", "oauth_database"]
pytestmark = pytest.mark.anyio


class TokenDTO(DataclassDTO[TokenInfo]):
    """A token without its times."""

    config = DTOConfig(include={"client_id", "scopes"}, rename_strategy="camel")


class ClientDTO(DataclassDTO[Client]):
    """A row of the store without its secret's hash."""

    config = DTOConfig(include={"client_identifier", "name"})


@get("/token", guards=[requires_scopes("profile")])
async def token(request: Request[BearerUser, TokenInfo, Any]) -> TokenInfo:
    return request.auth


@get("/user", guards=[requires_scopes("profile")])
async def user(request: Request[BearerUser, TokenInfo, Any]) -> BearerUser:
    return request.user


@get("/caller", return_dto=TokenDTO)
async def caller(oauth_token: NamedDependency[TokenInfo | None]) -> TokenInfo | None:
    return oauth_token


@get("/clients", return_dto=ClientDTO)
async def clients(oauth_session: NamedDependency[StoreSession[Any]]) -> list[Client]:
    found = await oauth_session.clients.list_after(None, limit=9, ray_id=oauth_session.ray_id)
    return list(found.client_message)


@pytest.fixture
def app(oauth_database: Path) -> Litestar:
    plugin = QScopePlugin(make_config(), storage=SQLiteStorage(oauth_database))
    return Litestar([token, user, caller, clients], plugins=[plugin], logging_config=None)


@pytest.fixture
async def http(app: Litestar, bearer_tokens: BearerTokens) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with alice's token."""
    headers = bearer_tokens(user="alice", scopes=["profile"])
    async with (
        serving(app) as origin,
        httpx2.AsyncClient(
            base_url=origin, headers=headers, trust_env=False, timeout=CLIENT_TIMEOUT_S
        ) as http,
    ):
        yield http


async def test_token_and_user_can_be_returned_as_they_are(http: httpx2.AsyncClient) -> None:
    """They are dataclasses, which msgspec can encode."""
    token = (await http.get("/token")).json()
    user = (await http.get("/user")).json()

    assert token["external_id"] == "alice"
    assert token["scopes"] == ["profile"]
    assert user == {"client_id": token["client_id"], "external_id": "alice"}


async def test_a_dto_leaves_fields_out_and_renames_others(http: httpx2.AsyncClient) -> None:
    """As with any dataclass of the application, including rows of the store."""
    token = (await http.get("/caller")).json()
    (client,) = (await http.get("/clients")).json()

    assert token == {"clientId": client["client_identifier"], "scopes": ["profile"]}
    assert client.keys() == {"client_identifier", "name"}


def test_openapi_describes_the_types(app: Litestar) -> None:
    """It has their names and fields."""
    schemas = app.openapi_schema.to_schema()["components"]["schemas"]

    assert schemas["TokenInfo"]["properties"].keys() >= {"client_id", "external_id", "scopes"}
    assert schemas["BearerUser"]["properties"].keys() == {"client_id", "external_id"}
