"""Prepare the client, codes and tokens with plain inserts."""

import secrets
import time

from authlib.common.security import generate_token

from benchmarks.seeds import CHALLENGE, DAY_S, REDIRECT_URI, SCOPE, Order, Seeds
from benchmarks.servers.authlib_flask.models import (
    Base,
    OAuth2AuthorizationCode,
    OAuth2Client,
    OAuth2Token,
    User,
    make_engine,
    session,
)


def seed(order: Order) -> Seeds:
    engine = make_engine()
    Base.metadata.create_all(engine)
    session.configure(bind=engine)
    user = User(username="alice")
    session.add(user)
    session.flush()
    session.add(_client(user, order.client_secret))
    codes = [generate_token(48) for _ in range(order.codes)]
    chains = [generate_token(48) for _ in range(order.chains)]
    access_token = secrets.token_urlsafe(32)
    owner = {"client_id": "bench", "user_id": user.id, "scope": SCOPE}
    session.bulk_insert_mappings(OAuth2AuthorizationCode, [owner | _code(code) for code in codes])
    session.bulk_insert_mappings(
        OAuth2Token,
        [
            owner | _token(access_token),
            *(owner | _token(secrets.token_urlsafe(32)) | {"refresh_token": it} for it in chains),
        ],
    )
    session.commit()
    session.remove()
    engine.dispose()
    client = ("bench", order.client_secret)
    return Seeds(
        machine=client, web=client, access_token=access_token, refresh_tokens=chains, codes=codes
    )


def _client(user: User, secret: str) -> OAuth2Client:
    client = OAuth2Client(client_id="bench", client_secret=secret, user_id=user.id)
    client.set_client_metadata(
        {
            "client_name": "Benchmark",
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "redirect_uris": [REDIRECT_URI],
            "response_types": ["code"],
            "scope": SCOPE,
            "token_endpoint_auth_method": "client_secret_basic",
        }
    )
    return client


def _code(code: str) -> dict[str, object]:
    return {
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        # The mixin's codes expire 300 s after this time.
        "auth_time": int(time.time()) + DAY_S,
    }


def _token(access_token: str) -> dict[str, object]:
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "issued_at": int(time.time()),
        "expires_in": DAY_S,
    }


if __name__ == "__main__":
    given = Order.from_environment()
    seed(given).write(given.directory)
