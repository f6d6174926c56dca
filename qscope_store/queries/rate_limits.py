"""Counters of what must not happen too often."""

from pypika import Case

from qscope_store.models import RateLimit
from qscope_store.queries._parts import add, all_of, get_by, table
from qscope_store.queries._statement import P, Q, statement

limits = table(RateLimit)

GET_BY_KEY = get_by(RateLimit, "key")

_has_ended = limits.expires_at <= P("now")

# Of two racing callers who find one hit left only one still finds it; the other gets no row.
HIT = statement(
    "rate_limits.hit",
    add(RateLimit)
    .on_conflict("key")
    .do_update("hits", Case().when(_has_ended, P("hits")).else_(limits.hits + P("hits")))
    .do_update("expires_at", Case().when(_has_ended, P("expires_at")).else_(limits.expires_at))
    .do_update("updated_at", P("now"))
    .where(_has_ended | (limits.hits < P("limit")))
    .returning(*all_of(RateLimit)),
)

# Follows HIT in the same unit, when the attempt succeeded.
TAKE_BACK = statement(
    "rate_limits.take_back",
    Q.update(limits)
    .set(limits.hits, limits.hits - 1)
    .where(limits.key == P("key"))
    .returning(limits.id),
)
