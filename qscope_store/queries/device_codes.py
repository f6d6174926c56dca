"""Device authorizations. A state is a parameter named like it."""

from qscope_store.models import DeviceCode
from qscope_store.queries._conditions import grant_is_good
from qscope_store.queries._crud import crud, get_by
from qscope_store.queries._statement import P, Q, all_of, statement
from qscope_store.queries._tables import device_codes as codes

CRUD = crud(codes, DeviceCode)

GET_BY_DEVICE_CODE = get_by("device_codes.get_by_device_code", codes, DeviceCode, "device_code")
GET_BY_USER_CODE = get_by("device_codes.get_by_user_code", codes, DeviceCode, "user_code")

_is_mine = codes.user_id.isnull() | (codes.user_id == P("user_id"))

# Of two people who look at it at once only one finds it without a user.
CLAIM = statement(
    "device_codes.claim",
    Q.update(codes)
    .set(codes.user_id, P("user_id"))
    .set(codes.updated_at, P("now"))
    .set(codes.updated_by, P("by"))
    .where(codes.user_code == P("user_code"))
    .where(codes.state == P("pending"))
    .where(codes.expires_at > P("now"))
    .where(_is_mine)
    .returning(*all_of(codes, DeviceCode)),
)

# Of two people who decide at once only one finds it pending; nobody decides what another claimed.
DECIDE = statement(
    "device_codes.decide",
    Q.update(codes)
    .set(codes.state, P("state"))
    .set(codes.user_id, P("user_id"))
    .set(codes.updated_at, P("now"))
    .set(codes.updated_by, P("by"))
    .where(codes.id == P("id"))
    .where(codes.state == P("pending"))
    .where(codes.expires_at > P("now"))
    .where(_is_mine)
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
    .where(codes.state == P("pending"))
    .where(codes.expires_at > P("now"))
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
    Q.update(codes)
    .set(codes.state, P("consumed"))
    .set(codes.updated_at, P("now"))
    .set(codes.updated_by, P("by"))
    .where(codes.device_code == P("device_code"))
    .where(codes.client_id == P("client_id"))
    .where(codes.grant_id == P("grant_id"))
    .where(codes.state == P("approved"))
    .where(codes.expires_at > P("now"))
    .where(grant_is_good(codes))
    .returning(*all_of(codes, DeviceCode)),
)
