"""The example in a browser, as seen by someone who runs `make demo`."""

from playwright.sync_api import Page, expect

from tests.example_server import ExampleServer


def sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_demo_client_can_be_tried_and_its_access_taken_back(
    page: Page, example: ExampleServer, console: list[str]
) -> None:
    """The whole flow from the home page: sign in, allow, see the tokens at work, revoke."""
    page.goto(example.url)
    page.get_by_role("link", name="Try it").click()
    sign_in(page, "bob", "builder")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    expect(page.get_by_text("bob", exact=True)).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("listitem")).to_have_count(1)

    page.get_by_role("button", name="Revoke the access of qscope demo client").click()

    expect(page.get_by_text("None yet.")).to_be_visible()
    assert console == []


def test_denied_demo_client_says_so(page: Page, example: ExampleServer) -> None:
    """RFC 6749 section 4.1.2.1 from the client's side."""
    page.goto(f"{example.url}/demo/start")
    sign_in(page, "alice", "wonderland")

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_text("access_denied")).to_be_visible()


def test_wrong_password_keeps_the_name_and_says_what_is_wrong(
    page: Page, example: ExampleServer
) -> None:
    """The response does not reveal whether the user exists."""
    page.goto(f"{example.url}/login?next=/")

    sign_in(page, "alice", "not it")

    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    expect(page.get_by_label("User name")).to_have_value("alice")


def test_signing_out_ends_the_session(page: Page, example: ExampleServer) -> None:
    """The session ends immediately."""
    page.goto(f"{example.url}/login")
    sign_in(page, "alice", "wonderland")
    expect(page.get_by_text("Signed in as Alice")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("Signed in")).to_have_count(0)
