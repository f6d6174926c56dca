-- From nothing to schema 1: what PostgreSQL says in its own way.

CREATE FUNCTION oauth_audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER oauth_audit_log_no_update BEFORE UPDATE ON oauth_audit_log
    FOR EACH ROW EXECUTE FUNCTION oauth_audit_log_refuse();

CREATE TRIGGER oauth_audit_log_no_delete BEFORE DELETE ON oauth_audit_log
    FOR EACH ROW EXECUTE FUNCTION oauth_audit_log_refuse();

CREATE TRIGGER oauth_audit_log_no_truncate BEFORE TRUNCATE ON oauth_audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION oauth_audit_log_refuse();
