"""Access tokens at an API without access to the server's database (RFC 7662)."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

import httpx2

from qscope_integrations.core.bearer.token import TokenInfo
from qscope_integrations.core.kernel.errors import Refusal
from qscope_integrations.core.kernel.secrets import digest
from qscope_integrations.core.kernel.settings import ConfigurationError
from qscope_store import StorageUnavailable
from qscope_store.loopback import is_loopback

_MAX_RESPONSE_BYTES: Final = 64 * 1024


class IntrospectionUnavailable(StorageUnavailable):
    """The other server returned no usable response; the API responds with 503."""


class RemoteTokenVerifier:
    """Asks an introspection endpoint about a token, and caches valid ones for a while.

    A revoked token is accepted here for up to `cache_ttl_s` seconds, never beyond its expiry.
    Invalid tokens are not cached, so that invented ones cannot evict valid ones.
    """

    def __init__(
        self,
        introspection_endpoint: str,
        *,
        client_id: str,
        client_secret: str,
        audience: str | None,
        cache_ttl_s: int = 30,
        cache_size: int = 10_000,
        timeout_s: float = 3.0,
    ) -> None:
        """Name the endpoint and the client that may introspect there; nothing is sent yet.

        `audience` is this API's resource URI (RFC 8707): tokens for other resources are refused.
        None accepts tokens for any resource, including other APIs'. With `cache_ttl_s` 0 every
        token is introspected. Raises `ConfigurationError`.
        """
        self._url = _secure_url(introspection_endpoint)
        # RFC 6749 section 2.3.1: each half is form-encoded first.
        self._auth = httpx2.BasicAuth(quote(client_id, safe=""), quote(client_secret, safe=""))
        self._audience = audience
        self._cache_ttl_s = cache_ttl_s
        self._cache_size = cache_size
        self._timeout_s = timeout_s
        self._http: httpx2.AsyncClient | None = None
        self._cache: OrderedDict[str, tuple[int, TokenInfo]] = OrderedDict()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep connections to the other server during the life of the application."""
        async with httpx2.AsyncClient(auth=self._auth, timeout=self._timeout_s) as http:
            self._http = http
            try:
                yield
            finally:
                self._http = None

    async def verify(self, token: str, *, now: int) -> TokenInfo | None:
        """What the token represents; None if it is invalid. `now` is epoch seconds.

        Raises `IntrospectionUnavailable`.
        """
        key = digest(token)
        known = self._cache.get(key)
        if known is not None and now < known[0]:
            self._cache.move_to_end(key)
            return known[1]
        info = self._token_info(await self._introspect(token), now)
        self._cache.pop(key, None)
        if info is not None:
            self._remember(key, info, now)
        return info

    async def verify_request(self, _: object, token: str) -> TokenInfo | Refusal:
        """Like `verify`, at the current time, for the middleware; says why it refuses a token."""
        info = await self.verify(token, now=int(time.time()))
        return info or Refusal(reason="the other server does not accept the token for this API")

    def _remember(self, key: str, info: TokenInfo, now: int) -> None:
        self._cache[key] = (min(now + self._cache_ttl_s, info.expires_at), info)
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)

    async def _introspect(self, token: str) -> Mapping[str, Any]:
        if self._http is None:
            raise IntrospectionUnavailable("The verifier is not running: enter its `running()`.")
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            response = await self._http.post(self._url, data=form)
        except httpx2.TransportError as error:
            raise self._unavailable(type(error).__name__) from error
        if response.status_code != 200 or len(response.content) > _MAX_RESPONSE_BYTES:
            raise self._unavailable(f"status {response.status_code}")
        try:
            claims = response.json()
        except ValueError:
            raise self._unavailable("not JSON") from None
        if not isinstance(claims, dict) or not isinstance(claims.get("active"), bool):
            raise self._unavailable("no introspection response")
        return claims

    def _unavailable(self, reason: str) -> IntrospectionUnavailable:
        return IntrospectionUnavailable(
            f"The introspection endpoint returned no usable response: {reason}."
        )

    def _token_info(self, claims: Mapping[str, Any], now: int) -> TokenInfo | None:
        """RFC 7662 section 2.2; anything but a usable access token for this API is None."""
        if not claims["active"] or claims.get("token_type") == "refresh_token":
            return None
        named = claims.get("aud", [])
        audiences = tuple(named) if isinstance(named, list) else (named,)
        expires_at = claims.get("exp", now + self._cache_ttl_s)
        texts = (claims.get("client_id", ""), claims.get("scope", ""), *audiences)
        if not isinstance(expires_at, int) or not all(isinstance(text, str) for text in texts):
            raise self._unavailable("no introspection response")
        if now >= expires_at and "exp" in claims:
            return None
        if self._audience is not None and self._audience not in audiences:
            return None
        subject = claims.get("sub")
        return TokenInfo(
            client_id=texts[0],
            external_id=None if subject is None else str(subject),
            scopes=tuple(texts[1].split()),
            resources=audiences,
            expires_at=expires_at,
        )


def _secure_url(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        url = httpx2.URL()
    is_local = url.scheme == "http" and is_loopback(url.host)
    if not url.host or (url.scheme != "https" and not is_local):
        raise ConfigurationError(
            "introspection_endpoint: use an https URL; http is for loopback addresses only."
        )
    return url
