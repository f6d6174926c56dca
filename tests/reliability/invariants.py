"""What a database must never contain, whatever happened to it."""

from typing import Final

QUESTIONS: Final = {
    "a spent code without tokens": """
        SELECT count(*) FROM oauth_authorization_codes c WHERE consumed_at IS NOT NULL AND NOT
        EXISTS (SELECT 1 FROM oauth_access_tokens t WHERE t.grant_id = c.grant_id)""",
    "an unspent code with tokens": """
        SELECT count(*) FROM oauth_authorization_codes c WHERE consumed_at IS NULL AND
        EXISTS (SELECT 1 FROM oauth_access_tokens t WHERE t.grant_id = c.grant_id)""",
    "a rotated refresh token without exactly one successor": """
        SELECT count(*) FROM oauth_refresh_tokens r WHERE rotated_at IS NOT NULL AND 1 <>
        (SELECT count(*) FROM oauth_refresh_tokens s WHERE s.predecessor_id = r.id)""",
    "a refresh token issued without its access token": """
        SELECT count(*) FROM oauth_refresh_tokens r WHERE NOT EXISTS
        (SELECT 1 FROM oauth_access_tokens t WHERE t.refresh_token_id = r.id)""",
    "an access token without its audit row": """
        SELECT count(*) FROM oauth_access_tokens t WHERE NOT EXISTS
        (SELECT 1 FROM oauth_audit_log a WHERE a.subject = t.id)""",
}
"""Each statement counts its rows."""
