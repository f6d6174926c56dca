"""References to the host's users."""

from qscope_store.models import User, columns
from qscope_store.queries._crud import crud, get_by
from qscope_store.queries._statement import P, Q, statement
from qscope_store.queries._tables import users

CRUD = crud(users, User)

GET_BY_EXTERNAL_ID = get_by("users.get_by_external_id", users, User, "external_id")

# Gives no row when the user was there before.
ADD_IF_MISSING = statement(
    "users.add_if_missing",
    Q.into(users)
    .columns(*columns(User))
    .insert(*(P(name) for name in columns(User)))
    .on_conflict("external_id")
    .do_nothing()
    .returning(users.id),
)

# Who issues tokens to one user waits for who does so, too, or a limit would not hold.
LOCK = statement(
    "users.lock",
    Q.from_(users).select(users.id).where(users.id == P("user_id")),
    locks=True,
)
