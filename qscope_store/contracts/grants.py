"""The transitions: everything that spends, issues or revokes credentials.

Rules that every implementation keeps:
- A transition is one unit of work. It is decided by one compare-and-set, its first statement, and
  writes everything or nothing. It answers after the commit.
- Of N concurrent callers who spend the same credential exactly one succeeds. Every other one gets
  REPLAYED, and the grant is revoked in the same unit: nothing that came from it is good afterwards.
- A credential is good only while its grant lives, its client is enabled and its user is active.
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
    """Grants, and the transitions of all that hangs on them."""

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

        Fails with CONFLICT when a key or the code's digest is taken, INSERT_FAILED when client or
        user are not there (RFC 6749 section 4.1.2).
        """

    @abstractmethod
    async def issue_tokens(
        self, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """Write tokens that need no credential to be spent, and the grant that comes with them.

        For client credentials (RFC 6749 section 4.4), whose tokens have no grant, and for grants
        that the host vouches for. Limits apply as in `redeem_code`. Fails with REVOKED when the
        client is disabled or the user inactive, CONFLICT, INSERT_FAILED.
        """

    @abstractmethod
    async def redeem_code(
        self, code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[AuthorizationCode]:
        """Spend a code and write what it buys, or do neither; of N callers exactly one succeeds.

        The issued tokens carry the client, user and grant of the code. When they put a user over
        `max_active_refresh_tokens` of a client, the oldest live refresh tokens (ties by id) are
        revoked with their access tokens, and their grants with them unless a sibling lives. What is
        issued here is never what a limit ends.

        Fails with NOT_FOUND (also when the code is another client's), EXPIRED (`now` >=
        expires_at), REVOKED (grant, client or user no longer good), REPLAYED, CONFLICT; a replay
        also revokes the grant (RFC 6749 section 4.1.2). A spent code stays REPLAYED after it has
        expired.
        """

    @abstractmethod
    async def rotate_refresh_token(
        self, token: str, issued: IssuedTokens, *, leeway_s: int, now: int, ray_id: str
    ) -> Result[RefreshToken]:
        """Spend a refresh token and write its successor and an access token, or do neither.

        Gives the spent token, and makes it the predecessor of the issued refresh token, which must
        be there (ValueError). Live access tokens of the grant, whichever refresh token they came
        with, that are over `max_active_access_tokens` are revoked, oldest first (ties by id). The
        successor takes the place of the spent token, so the limit on refresh tokens does not come
        into it; one that was lowered holds from the next authorization on.

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
        """Judge a refresh token that a request presents which is refused for another reason.

        Nothing is spent or issued. Gives the token if it was not rotated yet, whatever else its
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
        """Find the pending authorization of a user code and bind it to the user who sees it first.

        An attempt that fails counts in every window of `guesses`; one that succeeds counts in none.
        When a window is full the code is not looked up, nothing is counted and the attempt fails
        with LIMITED, so that of N concurrent wrong ones no more are answered than the narrowest
        window has room for. The same user may claim again.

        Fails with LIMITED, NOT_FOUND, EXPIRED, CONFLICT when the code was decided or another user
        has claimed it (RFC 8628 sections 3.3 and 5.1). `by` becomes `updated_by`.
        """

    @abstractmethod
    async def decide_device_code(
        self, device_code_id: str, grant: Grant | None, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """Approve a pending device authorization with a new grant, or deny it with None.

        An approval is a consent as well, and replaces an older one.
        `audit.user_id` is the user who decides and to whom the authorization is bound. Fails with
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
        seconds after the last one; that raises the interval by 5 for good (RFC 8628 section 3.5). A
        poll that is too fast does not restart the wait.
        """

    @abstractmethod
    async def redeem_device_code(
        self, device_code: str, issued: IssuedTokens, *, now: int, ray_id: str
    ) -> Result[DeviceCode]:
        """Spend an approved device code and write what it buys, or do neither.

        Fails as `redeem_code` does, and with PENDING or DENIED.
        """

    @abstractmethod
    async def revoke_grant(
        self, grant_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[Grant]:
        """End a grant and, by that, every code and token of it, whatever their number.

        Fails with NOT_FOUND, REVOKED when it was ended before; both change nothing.
        """

    @abstractmethod
    async def revoke_client_grants(
        self, client_key: ClientKey, user_id: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[int]:
        """End all live grants of a user at a client and forget the consent; gives their number.

        The audit row is written when there was one, with the number as `grants` in its metadata.
        """

    @abstractmethod
    async def revoke_access_token(
        self, token: str, *, audit: AuditEvent, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """End one access token (RFC 7009 section 2).

        Fails with NOT_FOUND, REVOKED when it was ended before; both change nothing.
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
        """Delete up to `limit` rows of each kind that no request can need any more.

        Expired tokens and codes go; the evidence of a replay (spent codes, rotated refresh tokens)
        stays as long as its grant has anything alive, and goes with the last row of it that
        expires. A grant goes with the last row that hung on it, a rate limit when its window has
        ended, a used proof when it has expired. Call it again until `total` is 0. Several
        processes may prune at once. Raises ValueError when `limit` is below 1. Writes an audit row
        when it deleted any.
        """
