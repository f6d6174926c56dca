"""Prepare clients, codes and tokens with the provider's models.

With `BENCH_PLAIN_SECRETS=1`, client secrets are stored unhashed. The provider's default is to hash
them with Django's default password hasher.
"""

import hashlib
import os
from datetime import timedelta

import django

from benchmarks.seeds import CHALLENGE, DAY_S, REDIRECT_URI, SCOPE, Order, Seeds

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken  # noqa: E402
from oauthlib.common import generate_token  # noqa: E402


def seed(order: Order) -> Seeds:
    call_command("migrate", verbosity=0)
    user = User.objects.create(username="alice")
    # Two applications, because each has only one grant type in this provider.
    machine = _application(user, "machine", "client-credentials", order.client_secret)
    web = _application(user, "web", "authorization-code", order.client_secret)
    codes = [generate_token() for _ in range(order.codes)]
    Grant.objects.bulk_create([_grant(web, user, code) for code in codes], batch_size=500)
    chains = [generate_token() for _ in range(order.chains)]
    for chain in chains:
        access = AccessToken.objects.create(**_access_token(web, user, generate_token()))
        RefreshToken.objects.create(user=user, token=chain, application=web, access_token=access)
    access_token = generate_token()
    AccessToken.objects.create(**_access_token(machine, None, access_token))
    return Seeds(
        machine=("machine", order.client_secret),
        web=("web", order.client_secret),
        access_token=access_token,
        refresh_tokens=chains,
        codes=codes,
    )


def _application(user: User, client_id: str, grant: str, secret: str) -> Application:
    return Application.objects.create(
        name=client_id,
        client_id=client_id,
        client_secret=secret,
        hash_client_secret=os.environ.get("BENCH_PLAIN_SECRETS") != "1",
        user=user,
        client_type="confidential",
        authorization_grant_type=grant,
        redirect_uris=REDIRECT_URI,
    )


def _grant(application: Application, user: User, code: str) -> Grant:
    return Grant(
        user=user,
        code=code,
        application=application,
        expires=timezone.now() + timedelta(seconds=DAY_S),
        redirect_uri=REDIRECT_URI,
        scope=SCOPE,
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )


def _access_token(application: Application, user: User | None, token: str) -> dict[str, object]:
    return {
        "application": application,
        "user": user,
        "token": token,
        "token_checksum": hashlib.sha256(token.encode()).hexdigest(),
        "scope": SCOPE,
        "expires": timezone.now() + timedelta(seconds=DAY_S),
    }


if __name__ == "__main__":
    given = Order.from_environment()
    seed(given).write(given.directory)
