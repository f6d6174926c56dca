"""Sign-in and sign-out. The application does this itself; qscope only asks for the user."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from example_app.forms import read_form, read_login_form
from example_app.next_page import local_path
from example_app.pages import page
from example_app.passwords import MAX_PASSWORD_LENGTH, check_password
from example_app.users import DemoUser, find_user, sign_in
from qscope_integrations.starlette import oauth_session
from qscope_store.contracts import Storage


async def show_login(request: Request) -> Response:
    """The login form; `next` is the path to continue at."""
    return _form(request, next_page=local_path(request.query_params.get("next")))


async def log_in(request: Request) -> Response:
    """Check name and password. The response does not reveal which of them was wrong."""
    form = await read_login_form(request)
    next_page = local_path(form.get("next"))
    username = form.get("username", "")
    user = await _authenticated(request, username, form.get("password", ""))
    if user is None:
        problem = "Name or password is wrong."
        return _form(
            request, next_page=next_page, username=username[:100], problem=problem, status=401
        )
    sign_in(request, user)
    return RedirectResponse(next_page, status_code=303)


async def log_out(request: Request) -> Response:
    """Sign the user out."""
    await read_form(request)
    request.session.clear()
    return RedirectResponse("/", status_code=303)


async def _authenticated(request: Request, username: str, password: str) -> DemoUser | None:
    if len(password) > MAX_PASSWORD_LENGTH:
        return None
    storage: Storage[Any] = request.app.state.storage
    # A separate session that ends before the hashing, which is slow; connections are scarce.
    async with storage.session(oauth_session(request).ray_id) as session:
        user = await find_user(await session.connection(), username=username)
    matches = await check_password(password, user.password_hash if user else None)
    return user if matches else None


def _form(
    request: Request,
    *,
    next_page: str,
    username: str = "",
    problem: str | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "login.html",
        status=status,
        title="Sign in",
        next=next_page,
        username=username,
        problem=problem,
    )


routes = [
    Route("/login", show_login, methods=["GET"]),
    Route("/login", log_in, methods=["POST"]),
    Route("/logout", log_out, methods=["POST"]),
]
