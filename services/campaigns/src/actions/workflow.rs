//! Prepares a supporter's action and opens its data: lookups, keys and sealing, all before a transaction.

use contracts::keyring::{Compartment, KeyRef, Purpose};
use kit::{
    events::outbox::Outgoing,
    http::problem::{FieldError, Problem},
    keyring::Person,
};
use uuid::Uuid;

use super::{
    domain::{Action, NewAction, Supporter, UnsealedSupporter},
    events::{self, SealedContact},
    link,
    ops::Entry,
    request::Submission,
    seal,
};
use crate::{
    app::App,
    campaigns::{
        cache::Published,
        domain::{Campaign, Kind},
    },
    constituencies::{client, domain::ConstituencyLookup},
    error::Error,
    representatives::domain::check_target,
};

pub(crate) mod resolve;

/// The compartments of an action: its row, and the messages it leads to.
pub(crate) const COMPARTMENTS: [Compartment; 2] = [Compartment::Action, Compartment::Message];

/// None if the person's data must not be recorded (restricted or erased); they get the same reply as everybody.
pub(super) async fn prepare(
    app: &App,
    published: &Published,
    submission: Submission,
    action_id: Uuid,
    test: bool,
) -> Result<Option<Entry>, Error> {
    let Submission { personal, answers } = submission;
    let (campaign, ids) = (&published.campaign, app.kit.ids);
    let lookup = client::look_up_field(&app.postcodes, &personal.postcode, "/postcode").await?;
    check_representative(app, campaign, &lookup).await?;
    let person = resolve_person(app, campaign.tenant_id, &personal.email).await?;
    let subject_id = person.subject_id;
    let (Ok(row_key), Ok(event_key)) = (
        person.keys.sealing_key(Compartment::Action),
        person.keys.sealing_key(Compartment::Message),
    ) else {
        return Ok(None);
    };
    let sealed = seal::seal(row_key, action_id, &personal)?;
    let supporter = Supporter { subject_id, personal: sealed };
    let action = Action::new(action_id, campaign, supporter, lookup, app.kit.clock.now(), test);
    let (event_id, link) = (ids.next(), link::new(campaign.tenant_id, ids));
    let link_url = format!("{}/confirm/{link}", app.config.public_url);
    let contact = SealedContact::new(event_key, event_id, &personal, &link_url)?;
    let event = events::submitted(&action, published, person, contact);
    let event = if test { None } else { Some(Outgoing::new(event_id, &event)?) };
    let new = NewAction { action, subject_id, link_hash: link::hash(&link), answers };
    Ok(Some(Entry { new, event, link_url }))
}

/// Opens what the supporter of an action typed; none if it is erased or must not be opened for this purpose.
pub(crate) async fn open(
    app: &App,
    purpose: Purpose,
    compartments: &[Compartment],
    action: &Action,
) -> Result<Option<UnsealedSupporter>, Error> {
    let Some(supporter) = &action.supporter else { return Ok(None) };
    let (tenant_id, subject_id) = (action.tenant_id, supporter.subject_id);
    let key_ref = |&compartment: &Compartment| KeyRef { tenant_id, subject_id, compartment };
    let refs: Vec<KeyRef> = compartments.iter().map(key_ref).collect();
    let keys = app.keyring.keys(purpose, &refs).await?;
    let personal = seal::open(&keys, action.id, &supporter.personal)?;
    Ok(personal.map(|personal| UnsealedSupporter { subject_id, personal, keys }))
}

/// Checks that a message would reach a representative, unless that can only be known later.
async fn check_representative(
    app: &App,
    campaign: &Campaign,
    lookup: &ConstituencyLookup,
) -> Result<(), Error> {
    if campaign.kind == Kind::Petition || *lookup == ConstituencyLookup::Pending {
        return Ok(());
    }
    let represented = app.representatives.constituencies(&app.db, campaign.tenant_id).await?;
    let constituency = lookup.constituency();
    let is_represented = constituency.is_some_and(|it| represented.contains(&it.gss_code));
    check_target(constituency, is_represented).map_err(|invalid| {
        Problem::invalid(vec![FieldError::new("/postcode", invalid.code, invalid.detail)]).into()
    })
}

async fn resolve_person(app: &App, tenant_id: Uuid, email: &str) -> Result<Person, Error> {
    let person = app.keyring.resolve(Purpose::Record, tenant_id, email, &COMPARTMENTS).await?;
    person.ok_or_else(|| {
        let invalid = FieldError::new("/email", "malformed", "is not an email address");
        Problem::invalid(vec![invalid]).into()
    })
}
