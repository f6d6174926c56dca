"""Counters of what must not happen too often, in SQL."""

from qscope_store.contracts import RateLimitTable
from qscope_store.models import RateLimit, RateWindow, Stamp
from qscope_store.queries import rate_limits
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Executor, RowRefused, Single, Step
from qscope_store.sql.mapping import RATE_LIMIT
from qscope_store.sql.table import SqlTable

_BY = "rate-limit"


def hit_step(window: RateWindow, *, now: int) -> Step:
    """The statement that counts one hit; it gives no row when the window is full."""
    row = RateLimit(
        key=window.key,
        hits=1,
        expires_at=now + window.window_s,
        stamp=Stamp.new(now, _BY),
    )
    return rate_limits.HIT, {**RATE_LIMIT.values(row), "now": now, "limit": window.limit}


class OAuthRateLimitStore(SqlTable[RateLimit], RateLimitTable):
    """`oauth_rate_limits`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, rate_limits.CRUD, RATE_LIMIT)

    async def get_by_key(self, key: str, *, ray_id: str) -> Result[RateLimit]:
        """See `RateLimitTable.get_by_key`."""
        return await self._find(rate_limits.GET_BY_KEY, {"key": key}, ray_id)

    async def hit(self, window: RateWindow, *, now: int, ray_id: str) -> Result[RateLimit]:
        """See `RateLimitTable.hit`."""
        step = Single(*hit_step(window, now=now))
        try:
            counted = await self._executor.write(step)
        except RowRefused as refused:
            return failed(refused.error_code(ErrorCode.INSERT_FAILED), ray_id)
        if not counted:
            return failed(ErrorCode.LIMITED, ray_id)
        return SuccessResult(ray_id, RATE_LIMIT.row(counted[0]))
