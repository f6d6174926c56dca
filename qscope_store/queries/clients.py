"""Clients and their configuration."""

from qscope_store.models import Client, ClientConfig
from qscope_store.queries._crud import crud, get_by
from qscope_store.queries._statement import P, Q, all_of, statement
from qscope_store.queries._tables import client_configs, clients

CRUD = crud(clients, Client)
CONFIG_CRUD = crud(client_configs, ClientConfig)

GET_BY_CLIENT_IDENTIFIER = get_by(
    "clients.get_by_client_identifier", clients, Client, "client_identifier"
)
GET_CONFIG_BY_CLIENT_ID = get_by(
    "client_configs.get_by_client_id", client_configs, ClientConfig, "client_id"
)

# The client's columns, then those of its configuration.
GET_REGISTRATION = statement(
    "clients.get_registration",
    Q.from_(clients)
    .join(client_configs)
    .on(client_configs.client_id == clients.id)
    .select(*all_of(clients, Client), *all_of(client_configs, ClientConfig))
    .where(clients.client_identifier == P("client_identifier")),
)
