"""Issuing tokens: facts -> rows -> transition -> text.

A grant states the *facts* of the new tokens. Everything that can fail outside the store is prepared
first, so that no credential is spent in vain. Then one transition of the store spends the
credential and writes the rows. The client receives its tokens only after the commit.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from authlib.oauth2.rfc6749 import InvalidGrantError

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.resources import resolve_resources
from qscope_integrations.core.kernel.secrets import generate_token, token_digest
from qscope_store import (
    AccessToken,
    ActiveToken,
    AuditEventType,
    ErrorCode,
    FailedResult,
    Grant,
    IssuedTokens,
    RefreshToken,
    Result,
    Row,
)

MAX_ATTEMPTS: Final = 3
"""How many sets of tokens are tried when a generated value already exists."""


class TokenResponse(dict[str, Any]):
    """The body of a token response. Its repr hides the tokens, because Authlib logs it at DEBUG."""

    def __repr__(self) -> str:
        return "<TokenResponse>"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What new tokens express in any format (RFC 6749 section 5.1, RFC 9068 section 2.2)."""

    client: OAuthClient
    user_id: str | None
    """The key of the user's row; None for a client on its own behalf."""
    grant_id: str | None
    """The key of the authorization; None exactly when `user_id` is None."""
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    """The audience (RFC 8707); empty when the request named none."""
    issued_at: int
    """Epoch seconds."""
    expires_at: int
    """Epoch seconds; the access token is invalid from this second on."""
    confirmation: Mapping[str, str] | None = None
    """The key that the tokens are bound to, as the `cnf` claim (RFC 7800); None: bearer tokens."""


class Credential(ABC):
    """What a client exchanges for tokens; it knows the transition that spends it."""

    user_id: str | None = None
    """The key of the user's row; None for a client on its own behalf."""
    grant_id: str | None = None
    scopes: tuple[str, ...] = ()
    """The scopes that were granted."""
    resources: tuple[str, ...] = ()
    """The resources that were granted."""
    event_type = AuditEventType.TOKEN_ISSUED
    """What the audit log records when the exchange succeeds."""

    def is_spent(self, now: int) -> bool:
        """Whether the transition will refuse it, judging by its state when it was read.

        RFC 6749 section 5.2 requires `invalid_grant` for this, whatever else is wrong with the
        request, and RFC 9700 section 4.14.2 requires detecting reuse. The transition does both, so
        such a request proceeds to it without a check of scope and resources.
        """
        return False

    def narrowed_resources(self, context: RequestContext) -> tuple[str, ...]:
        """The granted resources, or the requested subset of them (RFC 8707 section 2.2).

        Raises `InvalidTargetError`, except for a credential that is refused anyway.
        """
        requested = context.parameters.resources
        if not requested or self.is_spent(context.now):
            return self.resources
        return resolve_resources(requested, self.resources)

    @property
    def new_grant(self) -> Grant | None:
        """The grant to be written together with the tokens; None if it exists or is not needed."""
        return None

    @property
    def predecessor_id(self) -> str | None:
        """The id of the refresh token that a new one replaces."""
        return None

    @abstractmethod
    async def spend(self, context: RequestContext, issued: IssuedTokens) -> Result[Row]:
        """Spend the credential and write the tokens, in one transition of the store."""


class NewAuthorization(Credential):
    """No stored credential: the tokens are written with a new grant, or without a user."""

    def __init__(self, grant: Grant | None = None) -> None:
        self._grant = grant
        if grant is not None:
            self.user_id, self.grant_id = grant.user_id, grant.id
            self.scopes, self.resources = grant.scopes, grant.resource

    @property
    def new_grant(self) -> Grant | None:
        """The grant, if there is a user."""
        return self._grant

    async def spend(self, context: RequestContext, issued: IssuedTokens) -> Result[Row]:
        """Write the tokens."""
        return await context.session.grants.issue_tokens(
            issued, now=context.now, ray_id=context.ray_id
        )


class TokenText(Protocol):
    """The text of one access token, ready to be issued."""

    digest: str
    """The digest by which the store finds the token."""

    def text(self, row: AccessToken) -> str:
        """The text for the client. Called after the transition, so it must not fail."""
        ...


class TokenFormat(Protocol):
    """The format of access tokens: opaque, or signed (RFC 9068)."""

    async def prepare(self, context: RequestContext, facts: TokenFacts) -> TokenText:
        """Do everything that can fail, before the credential is spent."""
        ...


class OpaqueToken:
    """A random text, of which the store contains the digest."""

    __slots__ = ("_value", "digest")

    def __init__(self, value: str) -> None:
        self._value = value
        self.digest = token_digest(value)

    def text(self, row: AccessToken) -> str:
        """See `TokenText.text`."""
        return self._value


class TokenAdapter:
    """Issues and finds tokens. Override a method to change their format."""

    def generate_access_token(self, context: RequestContext, facts: TokenFacts) -> str:
        """The text of a new opaque access token; it must not be guessable."""
        return generate_token()

    def generate_refresh_token(self, context: RequestContext, facts: TokenFacts) -> str:
        """The text of a new refresh token; it must not be guessable."""
        return generate_token()

    def token_format(self, context: RequestContext, facts: TokenFacts) -> TokenFormat:
        """The format of the access token for this client and these resources."""
        return self

    async def prepare(self, context: RequestContext, facts: TokenFacts) -> TokenText:
        """See `TokenFormat.prepare`; the adapter itself is the format of opaque tokens."""
        return OpaqueToken(self.generate_access_token(context, facts))

    async def find_active_access_token(
        self, context: RequestContext, token: str
    ) -> Result[ActiveToken]:
        """The access token, if it is valid now.

        Fails with NOT_FOUND, EXPIRED or REVOKED, as `AccessTokenTable.get_active` does.
        """
        return await context.session.access_tokens.get_active(
            token_digest(token), now=context.now, ray_id=context.ray_id
        )

    async def issue(
        self,
        context: RequestContext,
        facts: TokenFacts,
        credential: Credential,
        *,
        is_refreshable: bool,
    ) -> TokenResponse:
        """Spend the credential and write the tokens in one transition; return the response.

        `is_refreshable` requests a refresh token, which also requires a user. If a generated value
        already exists, another is tried. Raises `InvalidGrantError` when the store refuses (RFC
        6749 section 5.2).
        """
        is_refreshable = is_refreshable and facts.user_id is not None
        error_code = ErrorCode.CONFLICT
        for _ in range(MAX_ATTEMPTS):
            access = await self.token_format(context, facts).prepare(context, facts)
            refresh = self.generate_refresh_token(context, facts) if is_refreshable else None
            issued = _rows(context, facts, credential, access.digest, refresh)
            result = await credential.spend(context, issued)
            if not isinstance(result, FailedResult):
                return _response(facts, access.text(issued.access_token), refresh)
            error_code = result.error_code
            if error_code is not ErrorCode.CONFLICT:
                break
        raise invalid_grant(error_code)


def invalid_grant(error_code: ErrorCode) -> InvalidGrantError:
    """The error for every credential that cannot be redeemed, with its reason for the log."""
    return refusal(
        InvalidGrantError("The grant is invalid, expired, revoked or was used before."),
        f"the credential is {error_code.value}",
        is_suspicious=error_code is ErrorCode.REPLAYED,
    )


def _response(facts: TokenFacts, access: str, refresh: str | None) -> TokenResponse:
    """RFC 6749 section 5.1."""
    response = TokenResponse(
        access_token=access,
        token_type="Bearer",
        expires_in=facts.expires_at - facts.issued_at,
    )
    if refresh is not None:
        response["refresh_token"] = refresh
    if facts.scopes:  # RFC 6749 section 3.3: a scope has at least one token.
        response["scope"] = " ".join(facts.scopes)
    return response


def _rows(
    context: RequestContext,
    facts: TokenFacts,
    credential: Credential,
    digest: str,
    refresh_token: str | None,
) -> IssuedTokens:
    """The rows that the transition writes."""
    client, stamp = facts.client, context.stamp(facts.client.actor)
    refresh = None
    if refresh_token is not None and facts.user_id is not None and facts.grant_id is not None:
        refresh = RefreshToken(
            token=token_digest(refresh_token),
            client_id=client.row.id,
            user_id=facts.user_id,
            grant_id=facts.grant_id,
            # RFC 6749 section 6: after a refresh with a narrower scope, the new refresh token still
            # has the granted scope.
            scopes=credential.scopes,
            resource=credential.resources,
            expires_at=context.now + client.config.refresh_token_ttl,
            predecessor_id=credential.predecessor_id,
            stamp=stamp,
        )
    access = AccessToken(
        token=digest,
        client_id=client.row.id,
        user_id=facts.user_id,
        grant_id=facts.grant_id,
        refresh_token_id=refresh.id if refresh else None,
        scopes=facts.scopes,
        resource=facts.resources,
        expires_at=facts.expires_at,
        stamp=stamp,
    )
    return IssuedTokens(
        access_token=access,
        refresh_token=refresh,
        grant=credential.new_grant,
        max_active_access_tokens=client.config.max_active_access_tokens,
        max_active_refresh_tokens=client.config.max_active_refresh_tokens,
        audit=context.audit_event(
            credential.event_type,
            subject=access.id,
            actor=client.actor,
            client_id=client.row.id,
            user_id=facts.user_id,
        ),
    )
