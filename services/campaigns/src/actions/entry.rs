//! From what a supporter sent to what is stored: keys, sealing, the link. All of it before the transaction opens.

use contracts::{
    Event as _,
    campaigns::ActionSubmitted,
    keyring::{Compartment, Purpose},
};
use kit::{
    http::problem::FieldError,
    keyring::{
        Person,
        sealed::{Broken, DataKey},
    },
};
use uuid::Uuid;

use super::{
    domain::{Action, CONFIRM_WITHIN, NewAction, Personal, Place, SealedText, State, Supporter},
    events::{self, SealedContact},
    link,
    request::Submission,
    seal,
};
use crate::{app::App, campaigns::cache::Published, error::Error};

/// Ready for one transaction.
pub(super) struct Entry {
    pub(super) new: NewAction,
    pub(super) event_id: Uuid,
    pub(super) event: ActionSubmitted,
}

/// None for a person whose data may not be recorded (restricted or erased): they are answered like everybody.
pub(super) async fn prepare(
    app: &App,
    published: &Published,
    submission: Submission,
    place: Place,
    action_id: Uuid,
) -> Result<Option<Entry>, Error> {
    let tenant_id = published.campaign.tenant_id;
    let email = &submission.email;
    let person =
        app.keyring.resolve(Purpose::Record, tenant_id, email, &seal::COMPARTMENTS).await?;
    let Some(person) = person else {
        let fault = FieldError::new("/email", "malformed", "is not an email address");
        return Err(Error::Invalid(vec![fault]));
    };
    let keys = person.keys.clone();
    let (Ok(at_rest), Ok(on_wire)) =
        (keys.sealing(Compartment::Action), keys.sealing(Compartment::Message))
    else {
        return Ok(None);
    };
    let maker = Maker { app, published, action_id, at_rest, on_wire };
    maker
        .entry(person, submission, place)
        .map(Some)
        .map_err(|broken| Error::Internal(broken.into()))
}

struct Maker<'a> {
    app: &'a App,
    published: &'a Published,
    action_id: Uuid,
    at_rest: &'a DataKey,
    on_wire: &'a DataKey,
}

impl Maker<'_> {
    fn entry(&self, person: Person, of: Submission, place: Place) -> Result<Entry, Broken> {
        let Person { subject_id, address_tag, .. } = person;
        let (campaign, event_id) = (&self.published.campaign, self.app.kit.ids.next());
        let link = link::new(campaign.tenant_id, self.app.kit.ids);
        let link_hash = link::hash(&link);
        let contact = self.contact(event_id, &of, &link)?;
        let answers = of.answers.clone();
        let action = self.action(subject_id, of, place)?;
        let event = events::submitted(&action, subject_id, self.published, contact, address_tag);
        let wording_version = campaign.version;
        let new = NewAction { action, subject_id, link_hash, answers, wording_version };
        Ok(Entry { new, event_id, event })
    }

    fn action(&self, subject_id: Uuid, of: Submission, place: Place) -> Result<Action, Broken> {
        let now = self.app.kit.clock.now();
        let personal = Personal {
            name: of.name,
            email: of.email,
            postcode: of.postcode.to_string(),
            address: of.address,
            own_words: of.own_words,
            subject_line: of.subject_line,
        };
        let personal = seal::seal(self.at_rest, self.action_id, &personal)?;
        Ok(Action {
            id: self.action_id,
            tenant_id: self.published.campaign.tenant_id,
            campaign_id: self.published.campaign.id,
            state: State::Submitted,
            supporter: Some(Supporter { subject_id, personal }),
            place,
            taken_at: now,
            expires_at: now + CONFIRM_WITHIN,
            confirmed_at: None,
            message_state: None,
        })
    }

    fn contact(&self, id: Uuid, of: &Submission, link: &str) -> Result<SealedContact, Broken> {
        let url = format!("{}/confirm/{link}", self.app.config.public_url);
        let field = |field, value: &str| -> Result<SealedText, Broken> {
            let kind = ActionSubmitted::TYPE;
            self.on_wire.seal(kit::keyring::sealed::Place::Event { kind, field, id }, value)
        };
        Ok(SealedContact {
            email: field("email", &of.email)?,
            name: field("name", &of.name)?,
            link: field("link", &url)?,
        })
    }
}
