-- access_tokens.count_live
SELECT COUNT(id) FROM oauth_access_tokens WHERE refresh_token_id=:refresh_token_id AND revoked_at IS NULL AND expires_at>:now;

-- access_tokens.delete_by_id
DELETE FROM oauth_access_tokens WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at;

-- access_tokens.delete_by_token
DELETE FROM oauth_access_tokens WHERE token=:token RETURNING id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at;

-- access_tokens.evict
UPDATE oauth_access_tokens SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE revoked_at IS NULL AND id=:id RETURNING oauth_access_tokens.id;

-- access_tokens.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at FROM oauth_access_tokens WHERE id=:id;

-- access_tokens.get_by_token
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at FROM oauth_access_tokens WHERE token=:token;

-- access_tokens.get_oldest_live
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at FROM oauth_access_tokens WHERE refresh_token_id=:refresh_token_id AND revoked_at IS NULL AND expires_at>:now ORDER BY created_at,id LIMIT 1;

-- access_tokens.get_over_limit
SELECT id FROM oauth_access_tokens WHERE grant_id=:grant_id AND revoked_at IS NULL AND expires_at>:now AND id<>:issued_id ORDER BY created_at DESC,id DESC LIMIT :all OFFSET :keep;

-- access_tokens.get_with_owners
SELECT oauth_access_tokens.id,oauth_access_tokens.created_at,oauth_access_tokens.created_by,oauth_access_tokens.updated_at,oauth_access_tokens.updated_by,oauth_access_tokens.token,oauth_access_tokens.client_id,oauth_access_tokens.user_id,oauth_access_tokens.grant_id,oauth_access_tokens.refresh_token_id,oauth_access_tokens.scopes,oauth_access_tokens.resource,oauth_access_tokens.expires_at,oauth_access_tokens.revoked_at,oauth_clients.client_identifier,oauth_clients.is_enabled,oauth_grants.revoked_at,oauth_users.external_id,oauth_users.is_active FROM oauth_access_tokens JOIN oauth_clients ON oauth_clients.id=oauth_access_tokens.client_id LEFT JOIN oauth_grants ON oauth_grants.id=oauth_access_tokens.grant_id LEFT JOIN oauth_users ON oauth_users.id=oauth_access_tokens.user_id WHERE oauth_access_tokens.token=:token;

-- access_tokens.insert
INSERT INTO oauth_access_tokens (id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:token,:client_id,:user_id,:grant_id,:refresh_token_id,:scopes,:resource,:expires_at,:revoked_at);

-- access_tokens.list_after
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,refresh_token_id,scopes,resource,expires_at,revoked_at FROM oauth_access_tokens WHERE id>:after ORDER BY id LIMIT :limit;

-- access_tokens.revoke
UPDATE oauth_access_tokens SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE revoked_at IS NULL AND token=:token RETURNING oauth_access_tokens.id,oauth_access_tokens.created_at,oauth_access_tokens.created_by,oauth_access_tokens.updated_at,oauth_access_tokens.updated_by,oauth_access_tokens.token,oauth_access_tokens.client_id,oauth_access_tokens.user_id,oauth_access_tokens.grant_id,oauth_access_tokens.refresh_token_id,oauth_access_tokens.scopes,oauth_access_tokens.resource,oauth_access_tokens.expires_at,oauth_access_tokens.revoked_at;

-- access_tokens.revoke_by_refresh_token
UPDATE oauth_access_tokens SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE revoked_at IS NULL AND refresh_token_id=:refresh_token_id;

-- access_tokens.update
UPDATE oauth_access_tokens SET updated_at=:updated_at,updated_by=:updated_by,token=:token,client_id=:client_id,user_id=:user_id,grant_id=:grant_id,refresh_token_id=:refresh_token_id,scopes=:scopes,resource=:resource,expires_at=:expires_at,revoked_at=:revoked_at WHERE id=:id RETURNING oauth_access_tokens.id,oauth_access_tokens.created_at,oauth_access_tokens.created_by,oauth_access_tokens.updated_at,oauth_access_tokens.updated_by,oauth_access_tokens.token,oauth_access_tokens.client_id,oauth_access_tokens.user_id,oauth_access_tokens.grant_id,oauth_access_tokens.refresh_token_id,oauth_access_tokens.scopes,oauth_access_tokens.resource,oauth_access_tokens.expires_at,oauth_access_tokens.revoked_at;

-- audit_log.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,event_type,subject,client_id,user_id,ray_id,metadata FROM oauth_audit_log WHERE id=:id;

-- audit_log.insert
INSERT INTO oauth_audit_log (id,created_at,created_by,updated_at,updated_by,event_type,subject,client_id,user_id,ray_id,metadata) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:event_type,:subject,:client_id,:user_id,:ray_id,:metadata);

-- audit_log.list_after
SELECT id,created_at,created_by,updated_at,updated_by,event_type,subject,client_id,user_id,ray_id,metadata FROM oauth_audit_log WHERE id>:after ORDER BY id LIMIT :limit;

-- authorization_codes.consume
UPDATE oauth_authorization_codes SET updated_at=:now,updated_by=:by,consumed_at=:now WHERE code=:code AND client_id=:client_id AND grant_id=:grant_id AND consumed_at IS NULL AND expires_at>:now AND EXISTS (SELECT oauth_grants.id FROM oauth_grants JOIN oauth_clients ON oauth_clients.id=oauth_grants.client_id JOIN oauth_users ON oauth_users.id=oauth_grants.user_id WHERE oauth_grants.id=oauth_authorization_codes.grant_id AND oauth_grants.revoked_at IS NULL AND oauth_clients.is_enabled=1 AND oauth_users.is_active=1) RETURNING oauth_authorization_codes.id,oauth_authorization_codes.created_at,oauth_authorization_codes.created_by,oauth_authorization_codes.updated_at,oauth_authorization_codes.updated_by,oauth_authorization_codes.code,oauth_authorization_codes.client_id,oauth_authorization_codes.user_id,oauth_authorization_codes.grant_id,oauth_authorization_codes.redirect_uri,oauth_authorization_codes.scopes,oauth_authorization_codes.resource,oauth_authorization_codes.code_challenge,oauth_authorization_codes.code_challenge_method,oauth_authorization_codes.expires_at,oauth_authorization_codes.consumed_at;

-- authorization_codes.delete_by_code
DELETE FROM oauth_authorization_codes WHERE code=:code RETURNING id,created_at,created_by,updated_at,updated_by,code,client_id,user_id,grant_id,redirect_uri,scopes,resource,code_challenge,code_challenge_method,expires_at,consumed_at;

-- authorization_codes.delete_by_id
DELETE FROM oauth_authorization_codes WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,code,client_id,user_id,grant_id,redirect_uri,scopes,resource,code_challenge,code_challenge_method,expires_at,consumed_at;

-- authorization_codes.get_by_code
SELECT id,created_at,created_by,updated_at,updated_by,code,client_id,user_id,grant_id,redirect_uri,scopes,resource,code_challenge,code_challenge_method,expires_at,consumed_at FROM oauth_authorization_codes WHERE code=:code;

-- authorization_codes.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,code,client_id,user_id,grant_id,redirect_uri,scopes,resource,code_challenge,code_challenge_method,expires_at,consumed_at FROM oauth_authorization_codes WHERE id=:id;

-- authorization_codes.insert
INSERT INTO oauth_authorization_codes (id,created_at,created_by,updated_at,updated_by,code,client_id,user_id,grant_id,redirect_uri,scopes,resource,code_challenge,code_challenge_method,expires_at,consumed_at) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:code,:client_id,:user_id,:grant_id,:redirect_uri,:scopes,:resource,:code_challenge,:code_challenge_method,:expires_at,:consumed_at);

-- authorization_codes.list_after
SELECT id,created_at,created_by,updated_at,updated_by,code,client_id,user_id,grant_id,redirect_uri,scopes,resource,code_challenge,code_challenge_method,expires_at,consumed_at FROM oauth_authorization_codes WHERE id>:after ORDER BY id LIMIT :limit;

-- authorization_codes.update
UPDATE oauth_authorization_codes SET updated_at=:updated_at,updated_by=:updated_by,code=:code,client_id=:client_id,user_id=:user_id,grant_id=:grant_id,redirect_uri=:redirect_uri,scopes=:scopes,resource=:resource,code_challenge=:code_challenge,code_challenge_method=:code_challenge_method,expires_at=:expires_at,consumed_at=:consumed_at WHERE id=:id RETURNING oauth_authorization_codes.id,oauth_authorization_codes.created_at,oauth_authorization_codes.created_by,oauth_authorization_codes.updated_at,oauth_authorization_codes.updated_by,oauth_authorization_codes.code,oauth_authorization_codes.client_id,oauth_authorization_codes.user_id,oauth_authorization_codes.grant_id,oauth_authorization_codes.redirect_uri,oauth_authorization_codes.scopes,oauth_authorization_codes.resource,oauth_authorization_codes.code_challenge,oauth_authorization_codes.code_challenge_method,oauth_authorization_codes.expires_at,oauth_authorization_codes.consumed_at;

-- client_configs.delete_by_id
DELETE FROM oauth_client_configs WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,client_id,response_types,require_pkce,pkce_methods,access_token_ttl,refresh_token_ttl,authorization_code_ttl,device_code_ttl,device_poll_interval,max_active_access_tokens,max_active_refresh_tokens,may_introspect_all,resources,jwks,metadata;

-- client_configs.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,client_id,response_types,require_pkce,pkce_methods,access_token_ttl,refresh_token_ttl,authorization_code_ttl,device_code_ttl,device_poll_interval,max_active_access_tokens,max_active_refresh_tokens,may_introspect_all,resources,jwks,metadata FROM oauth_client_configs WHERE id=:id;

-- client_configs.insert
INSERT INTO oauth_client_configs (id,created_at,created_by,updated_at,updated_by,client_id,response_types,require_pkce,pkce_methods,access_token_ttl,refresh_token_ttl,authorization_code_ttl,device_code_ttl,device_poll_interval,max_active_access_tokens,max_active_refresh_tokens,may_introspect_all,resources,jwks,metadata) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:client_id,:response_types,:require_pkce,:pkce_methods,:access_token_ttl,:refresh_token_ttl,:authorization_code_ttl,:device_code_ttl,:device_poll_interval,:max_active_access_tokens,:max_active_refresh_tokens,:may_introspect_all,:resources,:jwks,:metadata);

-- client_configs.list_after
SELECT id,created_at,created_by,updated_at,updated_by,client_id,response_types,require_pkce,pkce_methods,access_token_ttl,refresh_token_ttl,authorization_code_ttl,device_code_ttl,device_poll_interval,max_active_access_tokens,max_active_refresh_tokens,may_introspect_all,resources,jwks,metadata FROM oauth_client_configs WHERE id>:after ORDER BY id LIMIT :limit;

-- client_configs.update
UPDATE oauth_client_configs SET updated_at=:updated_at,updated_by=:updated_by,client_id=:client_id,response_types=:response_types,require_pkce=:require_pkce,pkce_methods=:pkce_methods,access_token_ttl=:access_token_ttl,refresh_token_ttl=:refresh_token_ttl,authorization_code_ttl=:authorization_code_ttl,device_code_ttl=:device_code_ttl,device_poll_interval=:device_poll_interval,max_active_access_tokens=:max_active_access_tokens,max_active_refresh_tokens=:max_active_refresh_tokens,may_introspect_all=:may_introspect_all,resources=:resources,jwks=:jwks,metadata=:metadata WHERE id=:id RETURNING oauth_client_configs.id,oauth_client_configs.created_at,oauth_client_configs.created_by,oauth_client_configs.updated_at,oauth_client_configs.updated_by,oauth_client_configs.client_id,oauth_client_configs.response_types,oauth_client_configs.require_pkce,oauth_client_configs.pkce_methods,oauth_client_configs.access_token_ttl,oauth_client_configs.refresh_token_ttl,oauth_client_configs.authorization_code_ttl,oauth_client_configs.device_code_ttl,oauth_client_configs.device_poll_interval,oauth_client_configs.max_active_access_tokens,oauth_client_configs.max_active_refresh_tokens,oauth_client_configs.may_introspect_all,oauth_client_configs.resources,oauth_client_configs.jwks,oauth_client_configs.metadata;

-- clients.delete_by_id
DELETE FROM oauth_clients WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,client_identifier,name,client_secret,client_secret_expires_at,token_endpoint_auth_method,is_confidential,redirect_uris,grant_types,scopes,is_enabled;

-- clients.get_by_client_identifier
SELECT id,created_at,created_by,updated_at,updated_by,client_identifier,name,client_secret,client_secret_expires_at,token_endpoint_auth_method,is_confidential,redirect_uris,grant_types,scopes,is_enabled FROM oauth_clients WHERE client_identifier=:client_identifier;

-- clients.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,client_identifier,name,client_secret,client_secret_expires_at,token_endpoint_auth_method,is_confidential,redirect_uris,grant_types,scopes,is_enabled FROM oauth_clients WHERE id=:id;

-- clients.get_registration
SELECT oauth_clients.id,oauth_clients.created_at,oauth_clients.created_by,oauth_clients.updated_at,oauth_clients.updated_by,oauth_clients.client_identifier,oauth_clients.name,oauth_clients.client_secret,oauth_clients.client_secret_expires_at,oauth_clients.token_endpoint_auth_method,oauth_clients.is_confidential,oauth_clients.redirect_uris,oauth_clients.grant_types,oauth_clients.scopes,oauth_clients.is_enabled,oauth_client_configs.id,oauth_client_configs.created_at,oauth_client_configs.created_by,oauth_client_configs.updated_at,oauth_client_configs.updated_by,oauth_client_configs.client_id,oauth_client_configs.response_types,oauth_client_configs.require_pkce,oauth_client_configs.pkce_methods,oauth_client_configs.access_token_ttl,oauth_client_configs.refresh_token_ttl,oauth_client_configs.authorization_code_ttl,oauth_client_configs.device_code_ttl,oauth_client_configs.device_poll_interval,oauth_client_configs.max_active_access_tokens,oauth_client_configs.max_active_refresh_tokens,oauth_client_configs.may_introspect_all,oauth_client_configs.resources,oauth_client_configs.jwks,oauth_client_configs.metadata FROM oauth_clients JOIN oauth_client_configs ON oauth_client_configs.client_id=oauth_clients.id WHERE oauth_clients.client_identifier=:client_identifier;

-- clients.insert
INSERT INTO oauth_clients (id,created_at,created_by,updated_at,updated_by,client_identifier,name,client_secret,client_secret_expires_at,token_endpoint_auth_method,is_confidential,redirect_uris,grant_types,scopes,is_enabled) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:client_identifier,:name,:client_secret,:client_secret_expires_at,:token_endpoint_auth_method,:is_confidential,:redirect_uris,:grant_types,:scopes,:is_enabled);

-- clients.list_after
SELECT id,created_at,created_by,updated_at,updated_by,client_identifier,name,client_secret,client_secret_expires_at,token_endpoint_auth_method,is_confidential,redirect_uris,grant_types,scopes,is_enabled FROM oauth_clients WHERE id>:after ORDER BY id LIMIT :limit;

-- clients.update
UPDATE oauth_clients SET updated_at=:updated_at,updated_by=:updated_by,client_identifier=:client_identifier,name=:name,client_secret=:client_secret,client_secret_expires_at=:client_secret_expires_at,token_endpoint_auth_method=:token_endpoint_auth_method,is_confidential=:is_confidential,redirect_uris=:redirect_uris,grant_types=:grant_types,scopes=:scopes,is_enabled=:is_enabled WHERE id=:id RETURNING oauth_clients.id,oauth_clients.created_at,oauth_clients.created_by,oauth_clients.updated_at,oauth_clients.updated_by,oauth_clients.client_identifier,oauth_clients.name,oauth_clients.client_secret,oauth_clients.client_secret_expires_at,oauth_clients.token_endpoint_auth_method,oauth_clients.is_confidential,oauth_clients.redirect_uris,oauth_clients.grant_types,oauth_clients.scopes,oauth_clients.is_enabled;

-- consents.delete_by_id
DELETE FROM oauth_consents WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes;

-- consents.forget
DELETE FROM oauth_consents WHERE client_id=:client_id AND user_id=:user_id RETURNING id;

-- consents.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes FROM oauth_consents WHERE id=:id;

-- consents.insert
INSERT INTO oauth_consents (id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:client_id,:user_id,:scopes);

-- consents.list_after
SELECT id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes FROM oauth_consents WHERE id>:after ORDER BY id LIMIT :limit;

-- consents.put
INSERT INTO oauth_consents (id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:client_id,:user_id,:scopes) ON CONFLICT (client_id, user_id) DO UPDATE SET scopes=:scopes,updated_at=:updated_at,updated_by=:updated_by;

-- consents.update
UPDATE oauth_consents SET updated_at=:updated_at,updated_by=:updated_by,client_id=:client_id,user_id=:user_id,scopes=:scopes WHERE id=:id RETURNING oauth_consents.id,oauth_consents.created_at,oauth_consents.created_by,oauth_consents.updated_at,oauth_consents.updated_by,oauth_consents.client_id,oauth_consents.user_id,oauth_consents.scopes;

-- device_codes.bind_grant
UPDATE oauth_device_codes SET grant_id=:grant_id WHERE id=:id RETURNING oauth_device_codes.id;

-- device_codes.claim
UPDATE oauth_device_codes SET updated_at=:now,updated_by=:by,user_id=:user_id WHERE user_code=:user_code AND state=:pending AND expires_at>:now AND (user_id IS NULL OR user_id=:user_id) RETURNING oauth_device_codes.id,oauth_device_codes.created_at,oauth_device_codes.created_by,oauth_device_codes.updated_at,oauth_device_codes.updated_by,oauth_device_codes.device_code,oauth_device_codes.user_code,oauth_device_codes.client_id,oauth_device_codes.user_id,oauth_device_codes.grant_id,oauth_device_codes.scopes,oauth_device_codes.resource,oauth_device_codes.expires_at,oauth_device_codes.interval,oauth_device_codes.last_polled_at,oauth_device_codes.state;

-- device_codes.consume
UPDATE oauth_device_codes SET updated_at=:now,updated_by=:by,state=:consumed WHERE device_code=:device_code AND client_id=:client_id AND grant_id=:grant_id AND state=:approved AND expires_at>:now AND EXISTS (SELECT oauth_grants.id FROM oauth_grants JOIN oauth_clients ON oauth_clients.id=oauth_grants.client_id JOIN oauth_users ON oauth_users.id=oauth_grants.user_id WHERE oauth_grants.id=oauth_device_codes.grant_id AND oauth_grants.revoked_at IS NULL AND oauth_clients.is_enabled=1 AND oauth_users.is_active=1) RETURNING oauth_device_codes.id,oauth_device_codes.created_at,oauth_device_codes.created_by,oauth_device_codes.updated_at,oauth_device_codes.updated_by,oauth_device_codes.device_code,oauth_device_codes.user_code,oauth_device_codes.client_id,oauth_device_codes.user_id,oauth_device_codes.grant_id,oauth_device_codes.scopes,oauth_device_codes.resource,oauth_device_codes.expires_at,oauth_device_codes.interval,oauth_device_codes.last_polled_at,oauth_device_codes.state;

-- device_codes.decide
UPDATE oauth_device_codes SET updated_at=:now,updated_by=:by,state=:state,user_id=:user_id WHERE id=:id AND state=:pending AND expires_at>:now AND (user_id IS NULL OR user_id=:user_id) RETURNING oauth_device_codes.id;

-- device_codes.delete_by_id
DELETE FROM oauth_device_codes WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,device_code,user_code,client_id,user_id,grant_id,scopes,resource,expires_at,interval,last_polled_at,state;

-- device_codes.get_by_device_code
SELECT id,created_at,created_by,updated_at,updated_by,device_code,user_code,client_id,user_id,grant_id,scopes,resource,expires_at,interval,last_polled_at,state FROM oauth_device_codes WHERE device_code=:device_code;

-- device_codes.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,device_code,user_code,client_id,user_id,grant_id,scopes,resource,expires_at,interval,last_polled_at,state FROM oauth_device_codes WHERE id=:id;

-- device_codes.get_by_user_code
SELECT id,created_at,created_by,updated_at,updated_by,device_code,user_code,client_id,user_id,grant_id,scopes,resource,expires_at,interval,last_polled_at,state FROM oauth_device_codes WHERE user_code=:user_code;

-- device_codes.insert
INSERT INTO oauth_device_codes (id,created_at,created_by,updated_at,updated_by,device_code,user_code,client_id,user_id,grant_id,scopes,resource,expires_at,interval,last_polled_at,state) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:device_code,:user_code,:client_id,:user_id,:grant_id,:scopes,:resource,:expires_at,:interval,:last_polled_at,:state);

-- device_codes.list_after
SELECT id,created_at,created_by,updated_at,updated_by,device_code,user_code,client_id,user_id,grant_id,scopes,resource,expires_at,interval,last_polled_at,state FROM oauth_device_codes WHERE id>:after ORDER BY id LIMIT :limit;

-- device_codes.poll
UPDATE oauth_device_codes SET last_polled_at=:now WHERE device_code=:device_code AND state=:pending AND expires_at>:now AND (last_polled_at IS NULL OR last_polled_at+interval<=:now) RETURNING oauth_device_codes.id;

-- device_codes.slow_down
UPDATE oauth_device_codes SET interval=interval+5 WHERE id=:id RETURNING oauth_device_codes.id;

-- device_codes.update
UPDATE oauth_device_codes SET updated_at=:updated_at,updated_by=:updated_by,device_code=:device_code,user_code=:user_code,client_id=:client_id,user_id=:user_id,grant_id=:grant_id,scopes=:scopes,resource=:resource,expires_at=:expires_at,interval=:interval,last_polled_at=:last_polled_at,state=:state WHERE id=:id RETURNING oauth_device_codes.id,oauth_device_codes.created_at,oauth_device_codes.created_by,oauth_device_codes.updated_at,oauth_device_codes.updated_by,oauth_device_codes.device_code,oauth_device_codes.user_code,oauth_device_codes.client_id,oauth_device_codes.user_id,oauth_device_codes.grant_id,oauth_device_codes.scopes,oauth_device_codes.resource,oauth_device_codes.expires_at,oauth_device_codes.interval,oauth_device_codes.last_polled_at,oauth_device_codes.state;

-- grants.delete_by_id
DELETE FROM oauth_grants WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes,resource,revoked_at;

-- grants.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes,resource,revoked_at FROM oauth_grants WHERE id=:id;

-- grants.get_owners
SELECT oauth_clients.is_enabled,oauth_users.is_active FROM oauth_clients LEFT JOIN oauth_users ON oauth_users.id=:user_id WHERE oauth_clients.id=:client_id;

-- grants.insert
INSERT INTO oauth_grants (id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes,resource,revoked_at) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:client_id,:user_id,:scopes,:resource,:revoked_at);

-- grants.list_after
SELECT id,created_at,created_by,updated_at,updated_by,client_id,user_id,scopes,resource,revoked_at FROM oauth_grants WHERE id>:after ORDER BY id LIMIT :limit;

-- grants.list_live_by_user
SELECT oauth_grants.client_id,oauth_clients.client_identifier,oauth_clients.name,oauth_grants.scopes,oauth_grants.created_at FROM oauth_grants JOIN oauth_clients ON oauth_clients.id=oauth_grants.client_id WHERE oauth_grants.user_id=:user_id AND oauth_grants.revoked_at IS NULL AND (EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE oauth_refresh_tokens.grant_id=oauth_grants.id AND oauth_refresh_tokens.rotated_at IS NULL AND oauth_refresh_tokens.revoked_at IS NULL AND oauth_refresh_tokens.expires_at>:now) OR EXISTS (SELECT oauth_access_tokens.id FROM oauth_access_tokens WHERE oauth_access_tokens.grant_id=oauth_grants.id AND oauth_access_tokens.revoked_at IS NULL AND oauth_access_tokens.expires_at>:now) OR EXISTS (SELECT oauth_authorization_codes.id FROM oauth_authorization_codes WHERE oauth_authorization_codes.grant_id=oauth_grants.id AND oauth_authorization_codes.consumed_at IS NULL AND oauth_authorization_codes.expires_at>:now)) ORDER BY oauth_grants.created_at DESC,oauth_grants.id DESC;

-- grants.revoke
UPDATE oauth_grants SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE revoked_at IS NULL AND id=:id RETURNING oauth_grants.id,oauth_grants.created_at,oauth_grants.created_by,oauth_grants.updated_at,oauth_grants.updated_by,oauth_grants.client_id,oauth_grants.user_id,oauth_grants.scopes,oauth_grants.resource,oauth_grants.revoked_at;

-- grants.revoke_by_client_and_user
UPDATE oauth_grants SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE revoked_at IS NULL AND client_id=:client_id AND user_id=:user_id RETURNING oauth_grants.id;

-- grants.revoke_without_refresh_token
UPDATE oauth_grants SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE revoked_at IS NULL AND id=:id AND NOT EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE (oauth_refresh_tokens.grant_id=oauth_grants.id AND oauth_refresh_tokens.rotated_at IS NULL AND oauth_refresh_tokens.revoked_at IS NULL AND oauth_refresh_tokens.expires_at>:now)) RETURNING oauth_grants.id;

-- grants.update
UPDATE oauth_grants SET updated_at=:updated_at,updated_by=:updated_by,client_id=:client_id,user_id=:user_id,scopes=:scopes,resource=:resource,revoked_at=:revoked_at WHERE id=:id RETURNING oauth_grants.id,oauth_grants.created_at,oauth_grants.created_by,oauth_grants.updated_at,oauth_grants.updated_by,oauth_grants.client_id,oauth_grants.user_id,oauth_grants.scopes,oauth_grants.resource,oauth_grants.revoked_at;

-- pruning.delete_empty_grant
DELETE FROM oauth_grants WHERE id=:grant_id AND NOT EXISTS (SELECT oauth_device_codes.id FROM oauth_device_codes WHERE oauth_device_codes.grant_id=oauth_grants.id) AND NOT EXISTS (SELECT oauth_authorization_codes.id FROM oauth_authorization_codes WHERE oauth_authorization_codes.grant_id=oauth_grants.id) AND NOT EXISTS (SELECT oauth_access_tokens.id FROM oauth_access_tokens WHERE oauth_access_tokens.grant_id=oauth_grants.id) AND NOT EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE oauth_refresh_tokens.grant_id=oauth_grants.id) RETURNING id;

-- pruning.expired_access_tokens
DELETE FROM oauth_access_tokens WHERE id IN (SELECT id FROM oauth_access_tokens WHERE expires_at<=:now AND grant_id=:grant_id LIMIT :limit) AND expires_at<=:now RETURNING id;

-- pruning.expired_authorization_codes
DELETE FROM oauth_authorization_codes WHERE id IN (SELECT id FROM oauth_authorization_codes WHERE expires_at<=:now AND consumed_at IS NULL AND grant_id=:grant_id LIMIT :limit) AND expires_at<=:now AND consumed_at IS NULL RETURNING id;

-- pruning.expired_device_codes
DELETE FROM oauth_device_codes WHERE id IN (SELECT id FROM oauth_device_codes WHERE expires_at<=:now AND state<>:consumed AND grant_id=:grant_id LIMIT :limit) AND expires_at<=:now AND state<>:consumed RETURNING id;

-- pruning.expired_rate_limits
DELETE FROM oauth_rate_limits WHERE id IN (SELECT id FROM oauth_rate_limits WHERE expires_at<=:now LIMIT :limit) AND expires_at<=:now RETURNING id;

-- pruning.expired_refresh_tokens
DELETE FROM oauth_refresh_tokens WHERE id IN (SELECT id FROM oauth_refresh_tokens WHERE expires_at<=:now AND rotated_at IS NULL AND grant_id=:grant_id LIMIT :limit) AND expires_at<=:now AND rotated_at IS NULL RETURNING id;

-- pruning.expired_used_proofs
DELETE FROM oauth_used_proofs WHERE id IN (SELECT id FROM oauth_used_proofs WHERE expires_at<=:now LIMIT :limit) AND expires_at<=:now RETURNING id;

-- pruning.get_living_grant
SELECT id FROM oauth_grants WHERE id=:grant_id AND revoked_at IS NULL AND (EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE oauth_refresh_tokens.grant_id=oauth_grants.id AND oauth_refresh_tokens.rotated_at IS NULL AND oauth_refresh_tokens.revoked_at IS NULL AND oauth_refresh_tokens.expires_at>:now) OR EXISTS (SELECT oauth_access_tokens.id FROM oauth_access_tokens WHERE oauth_access_tokens.grant_id=oauth_grants.id AND oauth_access_tokens.revoked_at IS NULL AND oauth_access_tokens.expires_at>:now) OR EXISTS (SELECT oauth_authorization_codes.id FROM oauth_authorization_codes WHERE oauth_authorization_codes.grant_id=oauth_grants.id AND oauth_authorization_codes.consumed_at IS NULL AND oauth_authorization_codes.expires_at>:now) OR EXISTS (SELECT oauth_device_codes.id FROM oauth_device_codes WHERE oauth_device_codes.grant_id=oauth_grants.id AND oauth_device_codes.state=:approved AND oauth_device_codes.expires_at>:now));

-- pruning.grants_of_access_tokens
SELECT grant_id FROM oauth_access_tokens WHERE expires_at<=:now AND NOT grant_id IS NULL ORDER BY expires_at LIMIT :limit;

-- pruning.grants_of_authorization_codes
SELECT grant_id FROM oauth_authorization_codes WHERE expires_at<=:now AND consumed_at IS NULL AND NOT grant_id IS NULL ORDER BY expires_at LIMIT :limit;

-- pruning.grants_of_device_codes
SELECT grant_id FROM oauth_device_codes WHERE expires_at<=:now AND state<>:consumed AND NOT grant_id IS NULL ORDER BY expires_at LIMIT :limit;

-- pruning.grants_of_refresh_tokens
SELECT grant_id FROM oauth_refresh_tokens WHERE expires_at<=:now AND rotated_at IS NULL AND NOT grant_id IS NULL ORDER BY expires_at LIMIT :limit;

-- pruning.spent_authorization_codes
DELETE FROM oauth_authorization_codes WHERE id IN (SELECT id FROM oauth_authorization_codes WHERE grant_id=:grant_id AND NOT consumed_at IS NULL AND NOT EXISTS (SELECT id FROM oauth_grants WHERE (id=:grant_id AND revoked_at IS NULL AND (EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE oauth_refresh_tokens.grant_id=oauth_grants.id AND oauth_refresh_tokens.rotated_at IS NULL AND oauth_refresh_tokens.revoked_at IS NULL AND oauth_refresh_tokens.expires_at>:now) OR EXISTS (SELECT oauth_access_tokens.id FROM oauth_access_tokens WHERE oauth_access_tokens.grant_id=oauth_grants.id AND oauth_access_tokens.revoked_at IS NULL AND oauth_access_tokens.expires_at>:now) OR EXISTS (SELECT oauth_authorization_codes.id FROM oauth_authorization_codes WHERE oauth_authorization_codes.grant_id=oauth_grants.id AND oauth_authorization_codes.consumed_at IS NULL AND oauth_authorization_codes.expires_at>:now) OR EXISTS (SELECT oauth_device_codes.id FROM oauth_device_codes WHERE oauth_device_codes.grant_id=oauth_grants.id AND oauth_device_codes.state=:approved AND oauth_device_codes.expires_at>:now)))) LIMIT :limit) AND NOT consumed_at IS NULL RETURNING id;

-- pruning.spent_device_codes
DELETE FROM oauth_device_codes WHERE id IN (SELECT id FROM oauth_device_codes WHERE grant_id=:grant_id AND state=:consumed AND NOT EXISTS (SELECT id FROM oauth_grants WHERE (id=:grant_id AND revoked_at IS NULL AND (EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE oauth_refresh_tokens.grant_id=oauth_grants.id AND oauth_refresh_tokens.rotated_at IS NULL AND oauth_refresh_tokens.revoked_at IS NULL AND oauth_refresh_tokens.expires_at>:now) OR EXISTS (SELECT oauth_access_tokens.id FROM oauth_access_tokens WHERE oauth_access_tokens.grant_id=oauth_grants.id AND oauth_access_tokens.revoked_at IS NULL AND oauth_access_tokens.expires_at>:now) OR EXISTS (SELECT oauth_authorization_codes.id FROM oauth_authorization_codes WHERE oauth_authorization_codes.grant_id=oauth_grants.id AND oauth_authorization_codes.consumed_at IS NULL AND oauth_authorization_codes.expires_at>:now) OR EXISTS (SELECT oauth_device_codes.id FROM oauth_device_codes WHERE oauth_device_codes.grant_id=oauth_grants.id AND oauth_device_codes.state=:approved AND oauth_device_codes.expires_at>:now)))) LIMIT :limit) AND state=:consumed RETURNING id;

-- pruning.spent_refresh_tokens
DELETE FROM oauth_refresh_tokens WHERE id IN (SELECT id FROM oauth_refresh_tokens WHERE grant_id=:grant_id AND NOT rotated_at IS NULL AND NOT EXISTS (SELECT id FROM oauth_grants WHERE (id=:grant_id AND revoked_at IS NULL AND (EXISTS (SELECT oauth_refresh_tokens.id FROM oauth_refresh_tokens WHERE oauth_refresh_tokens.grant_id=oauth_grants.id AND oauth_refresh_tokens.rotated_at IS NULL AND oauth_refresh_tokens.revoked_at IS NULL AND oauth_refresh_tokens.expires_at>:now) OR EXISTS (SELECT oauth_access_tokens.id FROM oauth_access_tokens WHERE oauth_access_tokens.grant_id=oauth_grants.id AND oauth_access_tokens.revoked_at IS NULL AND oauth_access_tokens.expires_at>:now) OR EXISTS (SELECT oauth_authorization_codes.id FROM oauth_authorization_codes WHERE oauth_authorization_codes.grant_id=oauth_grants.id AND oauth_authorization_codes.consumed_at IS NULL AND oauth_authorization_codes.expires_at>:now) OR EXISTS (SELECT oauth_device_codes.id FROM oauth_device_codes WHERE oauth_device_codes.grant_id=oauth_grants.id AND oauth_device_codes.state=:approved AND oauth_device_codes.expires_at>:now)))) LIMIT :limit) AND NOT rotated_at IS NULL RETURNING id;

-- pruning.without_grant_access_tokens
DELETE FROM oauth_access_tokens WHERE id IN (SELECT id FROM oauth_access_tokens WHERE expires_at<=:now AND grant_id IS NULL ORDER BY expires_at LIMIT :limit) AND expires_at<=:now AND grant_id IS NULL RETURNING id;

-- pruning.without_grant_device_codes
DELETE FROM oauth_device_codes WHERE id IN (SELECT id FROM oauth_device_codes WHERE expires_at<=:now AND state<>:consumed AND grant_id IS NULL ORDER BY expires_at LIMIT :limit) AND expires_at<=:now AND state<>:consumed AND grant_id IS NULL RETURNING id;

-- rate_limits.delete_by_id
DELETE FROM oauth_rate_limits WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,key,hits,expires_at;

-- rate_limits.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,key,hits,expires_at FROM oauth_rate_limits WHERE id=:id;

-- rate_limits.get_by_key
SELECT id,created_at,created_by,updated_at,updated_by,key,hits,expires_at FROM oauth_rate_limits WHERE key=:key;

-- rate_limits.hit
INSERT INTO oauth_rate_limits (id,created_at,created_by,updated_at,updated_by,key,hits,expires_at) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:key,:hits,:expires_at) ON CONFLICT (key) DO UPDATE SET hits=CASE WHEN oauth_rate_limits.expires_at<=:now THEN :hits ELSE oauth_rate_limits.hits+:hits END,expires_at=CASE WHEN oauth_rate_limits.expires_at<=:now THEN :expires_at ELSE oauth_rate_limits.expires_at END,updated_at=:now WHERE oauth_rate_limits.expires_at<=:now OR oauth_rate_limits.hits<:limit RETURNING id,created_at,created_by,updated_at,updated_by,key,hits,expires_at;

-- rate_limits.insert
INSERT INTO oauth_rate_limits (id,created_at,created_by,updated_at,updated_by,key,hits,expires_at) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:key,:hits,:expires_at);

-- rate_limits.list_after
SELECT id,created_at,created_by,updated_at,updated_by,key,hits,expires_at FROM oauth_rate_limits WHERE id>:after ORDER BY id LIMIT :limit;

-- rate_limits.take_back
UPDATE oauth_rate_limits SET hits=hits-1 WHERE key=:key RETURNING oauth_rate_limits.id;

-- rate_limits.update
UPDATE oauth_rate_limits SET updated_at=:updated_at,updated_by=:updated_by,key=:key,hits=:hits,expires_at=:expires_at WHERE id=:id RETURNING oauth_rate_limits.id,oauth_rate_limits.created_at,oauth_rate_limits.created_by,oauth_rate_limits.updated_at,oauth_rate_limits.updated_by,oauth_rate_limits.key,oauth_rate_limits.hits,oauth_rate_limits.expires_at;

-- refresh_tokens.delete_by_id
DELETE FROM oauth_refresh_tokens WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,scopes,resource,expires_at,revoked_at,rotated_at,predecessor_id;

-- refresh_tokens.evict
UPDATE oauth_refresh_tokens SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE rotated_at IS NULL AND revoked_at IS NULL AND id=:id RETURNING oauth_refresh_tokens.id;

-- refresh_tokens.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,scopes,resource,expires_at,revoked_at,rotated_at,predecessor_id FROM oauth_refresh_tokens WHERE id=:id;

-- refresh_tokens.get_by_token
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,scopes,resource,expires_at,revoked_at,rotated_at,predecessor_id FROM oauth_refresh_tokens WHERE token=:token;

-- refresh_tokens.get_over_limit
SELECT id,grant_id FROM oauth_refresh_tokens WHERE client_id=:client_id AND user_id=:user_id AND rotated_at IS NULL AND revoked_at IS NULL AND expires_at>:now AND id<>:issued_id ORDER BY created_at DESC,id DESC LIMIT :all OFFSET :keep;

-- refresh_tokens.get_with_owners
SELECT oauth_refresh_tokens.id,oauth_refresh_tokens.created_at,oauth_refresh_tokens.created_by,oauth_refresh_tokens.updated_at,oauth_refresh_tokens.updated_by,oauth_refresh_tokens.token,oauth_refresh_tokens.client_id,oauth_refresh_tokens.user_id,oauth_refresh_tokens.grant_id,oauth_refresh_tokens.scopes,oauth_refresh_tokens.resource,oauth_refresh_tokens.expires_at,oauth_refresh_tokens.revoked_at,oauth_refresh_tokens.rotated_at,oauth_refresh_tokens.predecessor_id,oauth_clients.client_identifier,oauth_clients.is_enabled,oauth_grants.revoked_at,oauth_users.external_id,oauth_users.is_active FROM oauth_refresh_tokens JOIN oauth_clients ON oauth_clients.id=oauth_refresh_tokens.client_id LEFT JOIN oauth_grants ON oauth_grants.id=oauth_refresh_tokens.grant_id LEFT JOIN oauth_users ON oauth_users.id=oauth_refresh_tokens.user_id WHERE oauth_refresh_tokens.token=:token;

-- refresh_tokens.insert
INSERT INTO oauth_refresh_tokens (id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,scopes,resource,expires_at,revoked_at,rotated_at,predecessor_id) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:token,:client_id,:user_id,:grant_id,:scopes,:resource,:expires_at,:revoked_at,:rotated_at,:predecessor_id);

-- refresh_tokens.list_after
SELECT id,created_at,created_by,updated_at,updated_by,token,client_id,user_id,grant_id,scopes,resource,expires_at,revoked_at,rotated_at,predecessor_id FROM oauth_refresh_tokens WHERE id>:after ORDER BY id LIMIT :limit;

-- refresh_tokens.revoke_by_client_and_user
UPDATE oauth_refresh_tokens SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE rotated_at IS NULL AND revoked_at IS NULL AND client_id=:client_id AND user_id=:user_id;

-- refresh_tokens.revoke_by_grant
UPDATE oauth_refresh_tokens SET updated_at=:now,updated_by=:by,revoked_at=:now WHERE rotated_at IS NULL AND revoked_at IS NULL AND grant_id=:grant_id;

-- refresh_tokens.rotate
UPDATE oauth_refresh_tokens SET updated_at=:now,updated_by=:by,rotated_at=:now WHERE token=:token AND client_id=:client_id AND grant_id=:grant_id AND rotated_at IS NULL AND revoked_at IS NULL AND expires_at>:now AND EXISTS (SELECT oauth_grants.id FROM oauth_grants JOIN oauth_clients ON oauth_clients.id=oauth_grants.client_id JOIN oauth_users ON oauth_users.id=oauth_grants.user_id WHERE oauth_grants.id=oauth_refresh_tokens.grant_id AND oauth_grants.revoked_at IS NULL AND oauth_clients.is_enabled=1 AND oauth_users.is_active=1) RETURNING oauth_refresh_tokens.id,oauth_refresh_tokens.created_at,oauth_refresh_tokens.created_by,oauth_refresh_tokens.updated_at,oauth_refresh_tokens.updated_by,oauth_refresh_tokens.token,oauth_refresh_tokens.client_id,oauth_refresh_tokens.user_id,oauth_refresh_tokens.grant_id,oauth_refresh_tokens.scopes,oauth_refresh_tokens.resource,oauth_refresh_tokens.expires_at,oauth_refresh_tokens.revoked_at,oauth_refresh_tokens.rotated_at,oauth_refresh_tokens.predecessor_id;

-- refresh_tokens.rotate_again
UPDATE oauth_refresh_tokens SET updated_at=:now,updated_by=:by WHERE token=:token AND client_id=:client_id AND grant_id=:grant_id AND rotated_at>:since AND revoked_at IS NULL AND expires_at>:now AND EXISTS (SELECT oauth_grants.id FROM oauth_grants JOIN oauth_clients ON oauth_clients.id=oauth_grants.client_id JOIN oauth_users ON oauth_users.id=oauth_grants.user_id WHERE oauth_grants.id=oauth_refresh_tokens.grant_id AND oauth_grants.revoked_at IS NULL AND oauth_clients.is_enabled=1 AND oauth_users.is_active=1) AND NOT EXISTS (SELECT successors.id FROM oauth_refresh_tokens successors WHERE (successors.predecessor_id=oauth_refresh_tokens.id AND (NOT successors.rotated_at IS NULL OR NOT successors.revoked_at IS NULL))) RETURNING oauth_refresh_tokens.id,oauth_refresh_tokens.created_at,oauth_refresh_tokens.created_by,oauth_refresh_tokens.updated_at,oauth_refresh_tokens.updated_by,oauth_refresh_tokens.token,oauth_refresh_tokens.client_id,oauth_refresh_tokens.user_id,oauth_refresh_tokens.grant_id,oauth_refresh_tokens.scopes,oauth_refresh_tokens.resource,oauth_refresh_tokens.expires_at,oauth_refresh_tokens.revoked_at,oauth_refresh_tokens.rotated_at,oauth_refresh_tokens.predecessor_id;

-- refresh_tokens.update
UPDATE oauth_refresh_tokens SET updated_at=:updated_at,updated_by=:updated_by,token=:token,client_id=:client_id,user_id=:user_id,grant_id=:grant_id,scopes=:scopes,resource=:resource,expires_at=:expires_at,revoked_at=:revoked_at,rotated_at=:rotated_at,predecessor_id=:predecessor_id WHERE id=:id RETURNING oauth_refresh_tokens.id,oauth_refresh_tokens.created_at,oauth_refresh_tokens.created_by,oauth_refresh_tokens.updated_at,oauth_refresh_tokens.updated_by,oauth_refresh_tokens.token,oauth_refresh_tokens.client_id,oauth_refresh_tokens.user_id,oauth_refresh_tokens.grant_id,oauth_refresh_tokens.scopes,oauth_refresh_tokens.resource,oauth_refresh_tokens.expires_at,oauth_refresh_tokens.revoked_at,oauth_refresh_tokens.rotated_at,oauth_refresh_tokens.predecessor_id;

-- schema_version.add
INSERT INTO oauth_schema_version (version,applied_at) VALUES (:version,:applied_at);

-- schema_version.get
SELECT MAX(version) FROM oauth_schema_version;

-- used_proofs.delete_by_id
DELETE FROM oauth_used_proofs WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,proof,expires_at;

-- used_proofs.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,proof,expires_at FROM oauth_used_proofs WHERE id=:id;

-- used_proofs.insert
INSERT INTO oauth_used_proofs (id,created_at,created_by,updated_at,updated_by,proof,expires_at) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:proof,:expires_at);

-- used_proofs.list_after
SELECT id,created_at,created_by,updated_at,updated_by,proof,expires_at FROM oauth_used_proofs WHERE id>:after ORDER BY id LIMIT :limit;

-- used_proofs.update
UPDATE oauth_used_proofs SET updated_at=:updated_at,updated_by=:updated_by,proof=:proof,expires_at=:expires_at WHERE id=:id RETURNING oauth_used_proofs.id,oauth_used_proofs.created_at,oauth_used_proofs.created_by,oauth_used_proofs.updated_at,oauth_used_proofs.updated_by,oauth_used_proofs.proof,oauth_used_proofs.expires_at;

-- users.add_if_missing
INSERT INTO oauth_users (id,created_at,created_by,updated_at,updated_by,external_id,is_active) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:external_id,:is_active) ON CONFLICT (external_id) DO NOTHING RETURNING id;

-- users.delete_by_id
DELETE FROM oauth_users WHERE id=:id RETURNING id,created_at,created_by,updated_at,updated_by,external_id,is_active;

-- users.get_by_external_id
SELECT id,created_at,created_by,updated_at,updated_by,external_id,is_active FROM oauth_users WHERE external_id=:external_id;

-- users.get_by_id
SELECT id,created_at,created_by,updated_at,updated_by,external_id,is_active FROM oauth_users WHERE id=:id;

-- users.insert
INSERT INTO oauth_users (id,created_at,created_by,updated_at,updated_by,external_id,is_active) VALUES (:id,:created_at,:created_by,:updated_at,:updated_by,:external_id,:is_active);

-- users.list_after
SELECT id,created_at,created_by,updated_at,updated_by,external_id,is_active FROM oauth_users WHERE id>:after ORDER BY id LIMIT :limit;

-- users.lock
SELECT id FROM oauth_users WHERE id=:user_id;

-- users.update
UPDATE oauth_users SET updated_at=:updated_at,updated_by=:updated_by,external_id=:external_id,is_active=:is_active WHERE id=:id RETURNING oauth_users.id,oauth_users.created_at,oauth_users.created_by,oauth_users.updated_at,oauth_users.updated_by,oauth_users.external_id,oauth_users.is_active;
