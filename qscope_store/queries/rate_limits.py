"""Counters of what must not happen too often."""

from pypika import Case

from qscope_store.models import RateLimit, columns
from qscope_store.queries._crud import crud, get_by
from qscope_store.queries._statement import P, Q, all_of, statement
from qscope_store.queries._tables import rate_limits as limits

CRUD = crud(limits, RateLimit)

GET_BY_KEY = get_by("rate_limits.get_by_key", limits, RateLimit, "key")

_has_ended = limits.expires_at <= P("now")

# Of two racing callers who find one hit left only one still finds it; the other gets no row.
HIT = statement(
    "rate_limits.hit",
    Q.into(limits)
    .columns(*columns(RateLimit))
    .insert(*(P(name) for name in columns(RateLimit)))
    .on_conflict("key")
    .do_update("hits", Case().when(_has_ended, P("hits")).else_(limits.hits + P("hits")))
    .do_update("expires_at", Case().when(_has_ended, P("expires_at")).else_(limits.expires_at))
    .do_update("updated_at", P("now"))
    .where(_has_ended | (limits.hits < P("limit")))
    .returning(*all_of(limits, RateLimit)),
)

# Follows HIT in the same unit, when the attempt was a good one.
TAKE_BACK = statement(
    "rate_limits.take_back",
    Q.update(limits)
    .set(limits.hits, limits.hits - 1)
    .where(limits.key == P("key"))
    .returning(limits.id),
)
