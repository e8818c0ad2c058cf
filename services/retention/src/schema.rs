//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    schedules (action_id) {
        action_id -> Uuid,
        tenant_id -> Uuid,
        campaign_id -> Uuid,
        subject_id -> Uuid,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    erasures (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        subject -> Nullable<Uuid>,
        actor_id -> Text,
        source_hint -> Nullable<Text>,
        state -> Text,
        recorded_at -> Timestamptz,
        keys_destroyed_at -> Nullable<Timestamptz>,
        keys -> BigInt,
        announced_at -> Nullable<Timestamptz>,
        probed_at -> Nullable<Timestamptz>,
        completed_at -> Nullable<Timestamptz>,
        receipt -> Nullable<Text>,
    }
}

diesel::table! {
    answers (erasure_id, service) {
        erasure_id -> Uuid,
        service -> Text,
        tenant_id -> Uuid,
        rows -> BigInt,
        remaining -> BigInt,
        answered_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(schedules, erasures, answers);
