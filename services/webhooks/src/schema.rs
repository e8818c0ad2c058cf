//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    endpoints (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        url -> Text,
        event_types -> Array<Text>,
        secret -> Bytea,
        state -> Text,
        disabled_reason -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        endpoint_id -> Uuid,
        event_id -> Uuid,
        event_type -> Text,
        body -> Nullable<Text>,
        state -> Text,
        tries -> Integer,
        next_at -> Timestamptz,
        claim -> Nullable<Uuid>,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        traceparent -> Nullable<Text>,
        action_id -> Nullable<Uuid>,
        subject_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    ended (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        ended_at -> Timestamptz,
    }
}

diesel::table! {
    attempts (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        delivery_id -> Uuid,
        at -> Timestamptz,
        status -> Nullable<Integer>,
        duration_ms -> Integer,
        error -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(endpoints, deliveries, attempts);
