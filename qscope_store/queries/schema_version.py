"""Which version of the schema a database has."""

from pypika import functions as fn

from qscope_store.queries._statement import Q, statement
from qscope_store.queries._tables import schema_version

GET = statement(
    "schema_version.get", Q.from_(schema_version).select(fn.Max(schema_version.version))
)
