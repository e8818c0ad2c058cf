//! The tables as the migrations make them, described to diesel; a test holds the two together.

diesel::table! {
    tenants (tenant_id) {
        tenant_id -> Uuid,
        slug -> Text,
        name -> Text,
    }
}

diesel::table! {
    campaigns (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        kind -> Text,
        state -> Text,
        title -> Text,
        body -> Text,
        language -> Text,
        controller_policy_url -> Text,
        message_subject -> Nullable<Text>,
        message_body -> Nullable<Text>,
        consents -> Jsonb,
        version -> Integer,
        created_at -> Timestamptz,
        published_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        grace_ends_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    representatives (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        gss_code -> Text,
        name -> Text,
        party -> Text,
        office_email -> Text,
        office_address -> Text,
        salutation -> Text,
        imported_at -> Timestamptz,
    }
}

diesel::table! {
    actions (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        campaign_id -> Uuid,
        subject_id -> Nullable<Uuid>,
        state -> Text,
        name -> Nullable<Bytea>,
        email -> Nullable<Bytea>,
        postcode -> Nullable<Bytea>,
        address -> Nullable<Bytea>,
        own_words -> Nullable<Bytea>,
        subject_line -> Nullable<Bytea>,
        constituency -> Nullable<Text>,
        constituency_name -> Nullable<Text>,
        place_pending -> Bool,
        link_hash -> Nullable<Bytea>,
        taken_at -> Timestamptz,
        expires_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        message_id -> Nullable<Uuid>,
        message_state -> Nullable<Text>,
        test -> Bool,
    }
}

diesel::table! {
    action_consents (action_id, consent_id) {
        action_id -> Uuid,
        consent_id -> Text,
        tenant_id -> Uuid,
        subject_id -> Uuid,
        given -> Bool,
        wording_version -> Integer,
    }
}

diesel::table! {
    departures (subject_id) {
        subject_id -> Uuid,
        tenant_id -> Uuid,
        next_at -> Timestamptz,
    }
}

diesel::table! {
    counters (campaign_id, constituency) {
        tenant_id -> Uuid,
        campaign_id -> Uuid,
        constituency -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    disclosures (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        campaign_id -> Uuid,
        actor_id -> Text,
        actor_kind -> Text,
        fields -> Text,
        rows -> BigInt,
        begun_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    eligibility_areas (id) {
        id -> Uuid,
        tenant_id -> Uuid,
        name -> Text,
        area -> Json,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}
