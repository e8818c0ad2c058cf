//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    signing_keys (id) {
        id -> Uuid,
        public_jwk -> Text,
        wrapped_key -> Bytea,
        created_at -> Timestamptz,
        active_from -> Timestamptz,
    }
}
