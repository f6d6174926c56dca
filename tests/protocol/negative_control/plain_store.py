"""The models of a plain Authlib server, with the method bodies of its documentation."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from authlib.oauth2.rfc8628 import DeviceCredentialDict


@dataclass(kw_only=True)
class PlainClient(ClientMixin):
    """A registered client; its secret is stored unhashed."""

    client_id: str
    client_secret: str | None
    auth_method: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    scope: str

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.redirect_uris[0] if self.redirect_uris else None

    def get_allowed_scope(self, scope):
        if not scope:
            return ""
        allowed = set(self.scope.split())
        return " ".join(s for s in scope.split() if s in allowed)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret):
        return self.client_secret == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        return self.auth_method == method if endpoint == "token" else True

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


@dataclass(kw_only=True)
class PlainCode(AuthorizationCodeMixin):
    """An authorization code."""

    code: str
    client_id: str
    user: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass(kw_only=True)
class PlainToken(TokenMixin):
    """An access token with its refresh token, in one row."""

    access_token: str
    refresh_token: str | None
    client_id: str
    user: str | None
    scope: str
    expires_in: int
    issued_at: float = field(default_factory=time.time)
    is_revoked: bool = False
    is_refreshed: bool = False

    def check_client(self, client):
        return self.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return time.time() > self.issued_at + self.expires_in


class PlainStore:
    """Rows in lists; `meeting` makes all racing requests read before any of them writes."""

    def __init__(self) -> None:
        self.clients: dict[str, PlainClient] = {}
        self.codes: dict[str, PlainCode] = {}
        self.tokens: list[PlainToken] = []
        self.devices: dict[str, DeviceCredentialDict] = {}
        self.decisions: dict[str, tuple[str, bool]] = {}
        self.meeting: threading.Barrier | None = None

    def meet(self) -> None:
        if self.meeting is not None:
            self.meeting.wait()

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        self.tokens.append(
            PlainToken(
                access_token=token["access_token"],
                refresh_token=token.get("refresh_token"),
                client_id=request.client.client_id,
                user=request.user,
                scope=token.get("scope", ""),
                expires_in=token["expires_in"],
            )
        )

    def token(self, value: str, hint: str | None = None) -> PlainToken | None:
        found = (t for t in self.tokens if value in {t.access_token, t.refresh_token})
        return next(found, None)
