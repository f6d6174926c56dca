"""The transitions: everything that spends, issues or revokes credentials.

Rules that every implementation keeps:
- A transition is one unit of work. One compare-and-set, its first statement, decides it, and it
  writes everything or nothing. It returns after the commit.
- Of N concurrent callers that spend the same credential exactly one succeeds. Every other one gets
  REPLAYED, and the grant is revoked in the same unit: whatever came from it is invalid afterwards.
- A credential is valid only while its grant is not revoked, its client is enabled and its user is
  active.
- The audit row that comes with a transition is written in the same unit.
- An outcome that is lost during the commit raises `StorageUnavailable` and is not tried again.
"""

from abc import abstractmethod
from collections.abc import Sequence

from qscope_store.contracts.tables import BaseTable
from qscope_store.models import (
    AccessToken,
    AuditEvent,
    AuthorizationCode,
    ClientKey,
    Consent,
    DeviceCode,
    Grant,
    GrantedClient,
    IssuedTokens,
    PruneReport,
    RateWindow,
    RefreshToken,
)
from qscope_store.result import Result


class GrantTable(BaseTable[Grant]):
    """Grants, and the transitions of their codes and tokens."""

    @abstractmethod
    async def issue_code(
        self,
        grant: Grant,
        code: AuthorizationCode,
        consent: Consent,
        *,
        audit: AuditEvent,
        ray_id: str,
    ) -> Result[AuthorizationCode]:
        """Write a grant, its code, the consent (replacing an older one) and the audit row.

        Fails with CONFLICT when a key or the code's digest is taken, INSERT_FAILED when the client
        or the user does not exist (RFC 6749 section 4.1.2).
        """

    @abstractmethod
    async def issue_tokens(
        self, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """Write tokens for which no credential is spent, and the grant that comes with them.

        For client credentials (RFC 6749 section 4.4), whose tokens have no grant, and for grants
        that the application or a trusted issuer asserts. Limits apply as in `redeem_code`. Fails
        with REVOKED when the client is disabled or the user inactive, CONFLICT, INSERT_FAILED.
        """

    @abstractmethod
    async def redeem_code(
        self, code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AuthorizationCode]:
        """Exchange a code for tokens, or do nothing; of N callers exactly one succeeds.

        The issued tokens carry the client, user and grant of the code. When they put a user over
        `max_active_refresh_tokens` of a client, the oldest live refresh tokens (ties by id) are
        revoked with their access tokens, and their grants with them unless a sibling is live. A
        limit never revokes what is issued here.

        Fails with NOT_FOUND (also when the code is another client's), EXPIRED (`now` >=
        expires_at), REVOKED (grant, client or user), REPLAYED, CONFLICT; a replay also revokes the
        grant (RFC 6749 section 4.1.2). A spent code stays REPLAYED after it has expired.
        """

    @abstractmethod
    async def rotate_refresh_token(
        self, token: str, issued: IssuedTokens, *, leeway_s: int, now: int, ray_id: str
    ) -> Result[RefreshToken]:
        """Exchange a refresh token for its successor and an access token, or do nothing.

        Returns the spent token, and makes it the predecessor of the issued refresh token, which is
        required (ValueError). Live access tokens of the grant, whichever refresh token they came
        with, that are over `max_active_access_tokens` are revoked, oldest first (ties by id). The
        successor takes the place of the spent token, so the limit on refresh tokens is not applied;
        one that was lowered applies from the next authorization on.

        With `leeway_s` > 0 a token rotated less than that many seconds ago succeeds again if it is
        the immediate predecessor, that is, if no successor of it has been rotated or revoked. Then
        there is one more live refresh token, and their limit applies as in `redeem_code`.

        Fails with NOT_FOUND (also when the token is another client's), EXPIRED (`now` >=
        expires_at), REVOKED, CONFLICT, or REPLAYED when the token was rotated before; that also
        revokes the grant (RFC 9700 section 4.14.2). A rotated token stays REPLAYED after it has
        expired.
        """

    @abstractmethod
    async def detect_reuse(
        self, token: str, *, leeway_s: int, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[RefreshToken]:
        """Judge the refresh token of a request that is refused for another reason.

        Nothing is spent or issued. Returns the token if it was not rotated yet, whatever else its
        state, or if `rotate_refresh_token` would take it again within `leeway_s`.

        Fails with NOT_FOUND, or REPLAYED when it was rotated before; that also revokes the grant
        and writes the audit row, which is written in no other case (RFC 9700 section 4.14.2).
        """

    @abstractmethod
    async def claim_device_code(
        self,
        user_code: str,
        user_id: str,
        *,
        guesses: Sequence[RateWindow],
        by: str,
        now: int,
        ray_id: str,
    ) -> Result[DeviceCode]:
        """Find the pending authorization of a user code, and bind it to its first user.

        An attempt that fails counts in every window of `guesses`; one that succeeds counts in none.
        When a window is full the code is not looked up, nothing is counted and the attempt fails
        with LIMITED, so that of N concurrent wrong ones no more are looked up than the narrowest
        window has room for. The same user may claim again.

        Fails with LIMITED, NOT_FOUND, EXPIRED, CONFLICT when the code was decided or another user
        has claimed it (RFC 8628 sections 3.3 and 5.1). `by` becomes `updated_by`.
        """

    @abstractmethod
    async def decide_device_code(
        self, device_code_id: str, grant: Grant | None, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """Approve a pending device authorization with a new grant, or deny it with None.

        An approval is also a consent, and replaces an older one. `audit.user_id` is the user who
        decides; the authorization is bound to that user. Fails with
        NOT_FOUND, EXPIRED, CONFLICT when it was decided before or another user has claimed it
        (RFC 8628 section 3.3).
        """

    @abstractmethod
    async def record_device_poll(
        self, device_code: str, *, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """Note a poll; succeeds when the user has approved and the code can be redeemed.

        Fails with NOT_FOUND, REPLAYED when it was redeemed (nothing is revoked here), EXPIRED,
        DENIED, PENDING, or SLOW_DOWN when it is pending and the poll came less than `interval`
        seconds after the last one; that raises the interval by 5 from then on (RFC 8628 section
        3.5). A poll that is too fast does not restart the wait.
        """

    @abstractmethod
    async def redeem_device_code(
        self, device_code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """Exchange an approved device code for tokens, or do nothing.

        Fails as `redeem_code` does, and with PENDING or DENIED.
        """

    @abstractmethod
    async def revoke_grant(
        self, grant_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[Grant]:
        """Revoke a grant and, by that, every code and token of it, whatever their number.

        Fails with NOT_FOUND, REVOKED when it was revoked before; both change nothing.
        """

    @abstractmethod
    async def revoke_client_grants(
        self, client_key: ClientKey, user_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[int]:
        """Revoke all live grants of a user at a client, forget the consent, return the number.

        Writes the audit row when there was a grant, with the number as `grants` in its metadata.
        """

    @abstractmethod
    async def revoke_access_token(
        self, token: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """Revoke one access token (RFC 7009 section 2).

        Fails with NOT_FOUND, REVOKED when it was revoked before; both change nothing.
        """

    @abstractmethod
    async def list_granted_clients(
        self, user_id: str, *, now: int, ray_id: str
    ) -> Result[tuple[GrantedClient, ...]]:
        """The clients for which the user has live grants, newest first (ties by id).

        A grant is live while it is not revoked and has a live refresh token, access token or
        unspent code.
        """

    @abstractmethod
    async def prune(self, now: int, limit: int, *, ray_id: str) -> Result[PruneReport]:
        """Delete rows that no request can need any more: up to `limit`, and grants left empty.

        Expired tokens and codes are deleted. The evidence of a replay (spent codes, rotated refresh
        tokens) stays while its grant has anything live, and is deleted with the last row of it that
        expires. A grant is deleted with its last row, a rate limit when its window has ended, a
        used proof when it has expired. Call it again until `total` is 0. Several processes may
        prune at once. Raises ValueError when `limit` is below 1. Writes an audit row when it
        deleted any.
        """
