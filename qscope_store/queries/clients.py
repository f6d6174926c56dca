"""Clients and their configuration."""

from qscope_store.models import Client, ClientConfig
from qscope_store.queries._parts import all_of, clients, get_by, table
from qscope_store.queries._statement import P, Q, statement

client_configs = table(ClientConfig)

GET_BY_CLIENT_IDENTIFIER = get_by(Client, "client_identifier")

# The client's columns, then those of its configuration.
GET_REGISTRATION = statement(
    "clients.get_registration",
    Q.from_(clients)
    .join(client_configs)
    .on(client_configs.client_id == clients.id)
    .select(*all_of(Client), *all_of(ClientConfig))
    .where(clients.client_identifier == P("client_identifier")),
)
