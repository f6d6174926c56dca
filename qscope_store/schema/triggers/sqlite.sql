-- qscope schema 1

CREATE TRIGGER oauth_audit_log_no_update BEFORE UPDATE ON oauth_audit_log
BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;

CREATE TRIGGER oauth_audit_log_no_delete BEFORE DELETE ON oauth_audit_log
BEGIN
    SELECT RAISE(ABORT, 'The audit log is append-only.');
END;
