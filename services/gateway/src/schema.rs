//! The schema as diesel sees it; equal to the migrations.

diesel::table! {
    signing_keys (id) {
        id -> Uuid,
        public_jwk -> Text,
        wrapped_key -> Bytea,
        created_at -> Timestamptz,
        active_from -> Timestamptz,
    }
}
