DROP TABLE audit, unknown_sign_ins, sign_ins, api_keys, refresh_tokens, sessions, memberships, users, tenants;
DROP FUNCTION platform_sees(regclass);
