"""The application. `gunicorn "benchmarks.servers.authlib_flask.app:create_app()"` serves it."""

import os

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.sqla_oauth2 import create_query_client_func, create_save_token_func
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response

from benchmarks.servers.authlib_flask import grants
from benchmarks.servers.authlib_flask.models import OAuth2Client, OAuth2Token, make_engine, session


def create_app() -> Flask:
    # The load uses plain HTTP.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    app = Flask(__name__)
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    session.configure(bind=make_engine())
    server = AuthorizationServer(
        app,
        query_client=create_query_client_func(session, OAuth2Client),
        save_token=create_save_token_func(session, OAuth2Token),
    )
    server.register_grant(grants.AuthorizationCodeGrant, [CodeChallenge(required=True)])
    server.register_grant(grants.RefreshTokenGrant)
    server.register_grant(ClientCredentialsGrant)
    server.register_endpoint(grants.Introspection)

    @app.post("/oauth/token")
    def token() -> Response:
        return server.create_token_response()

    @app.post("/oauth/introspect")
    def introspect() -> Response:
        return server.create_endpoint_response("introspection")

    @app.teardown_appcontext
    def end_session(_error: BaseException | None) -> None:
        session.remove()

    return app
