"""References to the host's users."""

from qscope_store.models import User
from qscope_store.queries._parts import add, get_by, users
from qscope_store.queries._statement import P, Q, statement

GET_BY_EXTERNAL_ID = get_by(User, "external_id")

# Returns no row when the user was there before.
ADD_IF_MISSING = statement(
    "users.add_if_missing",
    add(User).on_conflict("external_id").do_nothing().returning(users.id),
)

# Two units that issue tokens to one user run one after the other, or a limit would not hold.
LOCK = statement(
    "users.lock",
    Q.from_(users).select(users.id).where(users.id == P("user_id")),
    locks=True,
)
