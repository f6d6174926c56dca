"""Device authorizations. A state is a parameter named like it."""

from qscope_store.models import DeviceCode
from qscope_store.queries._parts import all_of, change, get_by, grant_is_valid, is_live, table
from qscope_store.queries._statement import P, Q, statement
from qscope_store.tables import SPECS

codes = table(DeviceCode)

GET_BY_DEVICE_CODE = get_by(DeviceCode, "device_code")
GET_BY_USER_CODE = get_by(DeviceCode, "user_code")

_is_undecided = (codes.state == P("pending")) & (codes.expires_at > P("now"))
_is_unclaimed = codes.user_id.isnull() | (codes.user_id == P("user_id"))

# Of two users who open it at once only one finds it without a user.
CLAIM = statement(
    "device_codes.claim",
    change(DeviceCode)
    .set(codes.user_id, P("user_id"))
    .where(codes.user_code == P("user_code"))
    .where(_is_undecided)
    .where(_is_unclaimed)
    .returning(*all_of(DeviceCode)),
)

# Of two users who decide at once only one finds it pending; a claim binds it to its user.
DECIDE = statement(
    "device_codes.decide",
    change(DeviceCode)
    .set(codes.state, P("state"))
    .set(codes.user_id, P("user_id"))
    .where(codes.id == P("id"))
    .where(_is_undecided)
    .where(_is_unclaimed)
    .returning(codes.id),
)

# Follows DECIDE in the same unit, when the grant has been written.
BIND_GRANT = statement(
    "device_codes.bind_grant",
    Q.update(codes)
    .set(codes.grant_id, P("grant_id"))
    .where(codes.id == P("id"))
    .returning(codes.id),
)

# Only a poll that waited long enough restarts the wait.
POLL = statement(
    "device_codes.poll",
    Q.update(codes)
    .set(codes.last_polled_at, P("now"))
    .where(codes.device_code == P("device_code"))
    .where(_is_undecided)
    .where(codes.last_polled_at.isnull() | (codes.last_polled_at + codes.interval <= P("now")))
    .returning(codes.id),
)

# RFC 8628 section 3.5: on slow_down the client adds 5 s, so the raised interval is remembered.
SLOW_DOWN = statement(
    "device_codes.slow_down",
    Q.update(codes)
    .set(codes.interval, codes.interval + 5)
    .where(codes.id == P("id"))
    .returning(codes.id),
)

# Of two racing callers only one finds it approved.
CONSUME = statement(
    "device_codes.consume",
    change(DeviceCode)
    .set(codes.state, P("consumed"))
    .where(codes.device_code == P("device_code"))
    .where(codes.client_id == P("client_id"))
    .where(codes.grant_id == P("grant_id"))
    .where(is_live(SPECS[DeviceCode]))
    .where(grant_is_valid(codes))
    .returning(*all_of(DeviceCode)),
)
