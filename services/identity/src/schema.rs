//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    tenants (tenant_id) {
        tenant_id -> Uuid,
        slug -> Text,
        name -> Text,
        status -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    users (tenant_id, subject_id) {
        tenant_id -> Uuid,
        subject_id -> Uuid,
        id -> Uuid,
        email -> Bytea,
        name -> Bytea,
        password_hash -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    memberships (tenant_id, subject_id) {
        tenant_id -> Uuid,
        subject_id -> Uuid,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        subject_id -> Uuid,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Bytea,
        tenant_id -> Uuid,
        session_id -> Uuid,
        created_at -> Timestamptz,
        rotated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        key_hash -> Bytea,
        name -> Text,
        publishable -> Bool,
        test -> Bool,
        scopes -> Array<Text>,
        origins -> Array<Text>,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        subject_id -> Uuid,
        outcome -> Text,
        ip -> Nullable<Bytea>,
        at -> Timestamptz,
    }
}

diesel::table! {
    unknown_sign_ins (tenant_id, day) {
        tenant_id -> Uuid,
        day -> Date,
        attempts -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        actor_kind -> Text,
        actor_id -> Uuid,
        action -> Text,
        object_kind -> Text,
        object_id -> Uuid,
        at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    users,
    memberships,
    sessions,
    refresh_tokens,
    api_keys
);
