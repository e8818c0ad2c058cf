//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    deliveries (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        kind -> Text,
        action_id -> Uuid,
        campaign_id -> Uuid,
        target_id -> Nullable<Uuid>,
        subject_id -> Uuid,
        state -> Text,
        code -> Nullable<Text>,
        attempts -> Integer,
        next_attempt_at -> Timestamptz,
        holder -> Nullable<Uuid>,
        lease_until -> Nullable<Timestamptz>,
        token -> Text,
        header_id -> Text,
        created_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
        to_name -> Nullable<Bytea>,
        to_address -> Nullable<Bytea>,
        from_name -> Nullable<Bytea>,
        reply_to -> Nullable<Bytea>,
        subject_line -> Nullable<Bytea>,
        body -> Nullable<Bytea>,
        traceparent -> Nullable<Text>,
        language -> Nullable<Text>,
    }
}

diesel::table! {
    mail_limits (address_tag, day) {
        address_tag -> Text,
        day -> Date,
        count -> Integer,
    }
}
