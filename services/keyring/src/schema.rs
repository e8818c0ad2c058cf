//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    index_keys (tenant_id) {
        tenant_id -> Uuid,
        kek_version -> Integer,
        wrapped -> Bytea,
    }
}

diesel::table! {
    subjects (subject_id) {
        subject_id -> Uuid,
        tenant_id -> Uuid,
        email_index -> Nullable<Bytea>,
        created_at -> Timestamptz,
        destroyed_at -> Nullable<Timestamptz>,
        leaving_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    data_keys (subject_id, compartment) {
        subject_id -> Uuid,
        compartment -> Text,
        tenant_id -> Uuid,
        kek_version -> Integer,
        wrapped -> Nullable<Bytea>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    keks (version) {
        version -> Integer,
        first_used_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(index_keys, subjects, data_keys);
