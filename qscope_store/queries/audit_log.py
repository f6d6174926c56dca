"""The audit log: rows are added and read, nothing else."""

from qscope_store.models import AuditEvent
from qscope_store.queries._crud import get_by, insert
from qscope_store.queries._statement import P, Q, all_of, statement
from qscope_store.queries._tables import audit_log

INSERT = insert("audit_log.insert", audit_log, AuditEvent)
GET = get_by("audit_log.get", audit_log, AuditEvent, "id")
LIST_AFTER = statement(
    "audit_log.list_after",
    Q.from_(audit_log)
    .select(*all_of(audit_log, AuditEvent))
    .where(audit_log.id > P("after"))
    .orderby(audit_log.id)
    .limit(P("limit")),
)
