"""Servers with chosen features, for what the pages say about features and endpoints."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from qscope_integrations import (
    AssertionIssuers,
    Feature,
    HostUser,
    HttpRequest,
    JwtBearer,
    PasswordUserAdapter,
    QScopeConfig,
    QScopeServer,
    default_features,
)
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.password.feature import Password
from qscope_integrations.core.server.features import FEATURES
from qscope_store import Storage

ISSUER: Final = "https://auth.example.org"


class _Users(PasswordUserAdapter):
    async def current_user(self, request: HttpRequest) -> HostUser | None:
        return None

    def login_url(self, return_to: str) -> str:
        return "/login"

    async def check_password(
        self, request: HttpRequest, username: str, password: str
    ) -> HostUser | None:
        return None


class _Issuers(AssertionIssuers):
    async def issuer_keys(self, context: Any, issuer: str) -> Mapping[str, Any] | None:
        return None

    async def find_user(self, *_: Any) -> HostUser | None:
        return None


def every_feature() -> tuple[Feature, ...]:
    """One instance of each feature that qscope has, in the order of the documentation."""
    made = {type(each): each for each in default_features()}
    made |= {Password: Password(users=_Users()), JwtBearer: JwtBearer(issuers=_Issuers())}
    return tuple(made[kind] for kind in FEATURES)


def server_of(features: Iterable[Feature], **changes: Any) -> QScopeServer:
    """A server that is never started."""
    config = QScopeConfig(
        issuer=ISSUER,
        scopes={"profile": "See who you are"},
        secret_key="a key that only tests use, 32 bytes long",
        users=_Users(),
        features=features,
        **changes,
    )
    return QScopeServer(config, cast("Storage[Any]", None))


def endpoints_of(feature: Feature) -> tuple[Endpoint, ...]:
    """The endpoints that a feature adds; the token endpoint belongs to the server."""
    common = {each.path for each in server_of(()).endpoints}
    return tuple(
        each
        for each in server_of((feature,)).endpoints
        if each.path not in common and each.name != "token"
    )


def metadata_of(feature: Feature) -> dict[str, Any]:
    """The members of the metadata document that a feature adds or fills."""
    without = server_of(()).metadata
    return {
        name: value
        for name, value in server_of((feature,)).metadata.items()
        if without.get(name) != value and not name.startswith("token_endpoint")
    }
