//! The main job: a supporter writes to a representative and confirms by email, and the action is counted.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use integration_tests::driver::Driver;
use serde_json::Value;

use crate::release::{Release, mailbox};

/// Offices that a relay can accept emails for, of all postcodes that supporters give; the demo's own cannot be real.
const REPRESENTATIVES: &str = "gss_code,name,party,office_email,office_address,salutation\n\
    E14001419,Ashwin Marlow,Independent,office@oxford-east.uk,Oxford,Dear Ashwin Marlow\n\
    E14001149,Delia Penrose,Independent,office@cambridge.uk,Cambridge,Dear Delia Penrose\n\
    E14001352,Fergus Quayle,Independent,office@manchester-central.uk,Manchester,Dear Fergus Quayle\n";

pub(crate) struct Story {
    pub(crate) driver: Driver,
    /// Of the supporters' addresses, since the mailbox has emails of earlier checks too.
    pub(crate) domain: String,
}

impl Story {
    /// An organisation with a live campaign.
    pub(crate) fn begin(release: &Release) -> anyhow::Result<Self> {
        let gateway = if release.is_trial() {
            "http://127.0.0.1:8080"
        } else {
            "http://folkmoot-gateway:8080"
        };
        let demo = ["demo", "--state", "/tmp/demo.json", "--gateway", gateway];
        let demo: Value = serde_json::from_str(&release.exec("identity", "folkmoot", &demo)?)?;
        let driver = Driver::at(&demo, mailbox()?)?;
        Ok(Self { driver, domain: format!("{}.mill-lane.uk", std::process::id()) })
    }

    /// One supporter's action, from the form to the count.
    pub(crate) async fn act_and_confirm(&self, release: &Release) -> anyhow::Result<()> {
        let email = &format!("ada@{}", self.domain);
        if release.is_trial() {
            return self.confirm_in_trial(release, email).await;
        }
        let http = &self.driver.http;
        let import = http.post(format!("{}/v1/representatives/import", self.driver.gateway));
        let import = import.header("content-type", "text/csv").bearer_auth(&self.driver.secret);
        let answer = self.driver.send(import.body(REPRESENTATIVES)).await?;
        ensure!(answer.status < 300, "import: {answer:?}");
        let answer = self.driver.act(&Driver::action(email, "Ada Example")).await?;
        ensure!(answer.status == 202, "action: {answer:?}");
        self.confirm_all(std::slice::from_ref(email)).await?;
        self.driver.message_from(email).await.map(drop)
    }

    /// The trial catches its emails inside the pod.
    async fn confirm_in_trial(&self, release: &Release, email: &str) -> anyhow::Result<()> {
        let answer = self.driver.act(&Driver::action(email, "Ada Example")).await?;
        ensure!(answer.status == 202, "action: {answer:?}");
        let caught = || release.exec("", "catch-mail", &["caught-mail", "--dir", "/mail"]);
        let link = async || {
            let text = caught()?;
            Ok(text.split_whitespace().find(|it| it.contains("/confirm/")).map(ToOwned::to_owned))
        };
        let link = self.driver.eventually("a confirmation email", link).await?;
        let answer = self.driver.confirm(&link).await?;
        ensure!(answer.status < 400, "confirmation: {answer:?}");
        let is_reply_to = |line: &str| line.starts_with("Reply-To:") && line.contains(email);
        let message = async || Ok(caught()?.lines().any(is_reply_to).then_some(()));
        self.driver.eventually("the representative's email", message).await?;
        let counted = async || Ok((self.driver.counter().await? == 1).then_some(()));
        self.driver.eventually("the count", counted).await
    }

    /// Confirms actions by the links of their emails, and waits until they are counted.
    pub(crate) async fn confirm_all(&self, emails: &[String]) -> anyhow::Result<()> {
        let before = self.driver.counter().await?;
        for email in emails {
            let link = self.driver.confirmation(email).await?.link().context("no link")?;
            let answer = self.driver.confirm(&link).await?;
            ensure!(answer.status < 400, "{email}: {answer:?}");
        }
        let expected = before + i64::try_from(emails.len())?;
        let counted = async || Ok(Some(self.driver.counter().await?).filter(|it| *it >= expected));
        let counted = self.driver.eventually("the count", counted).await?;
        ensure!(counted == expected, "counted {counted} actions instead of {expected}");
        for email in emails {
            self.driver.message_from(email).await?;
        }
        Ok(())
    }

    /// Each supporter got one confirmation, and each representative one message of theirs.
    pub(crate) fn refuse_repeats(&self) -> anyhow::Result<()> {
        let mut counts = BTreeMap::<(String, Option<String>), u32>::new();
        for mail in self.driver.emails()? {
            *counts.entry((mail.to.clone(), mail.reply_to.clone())).or_default() += 1;
        }
        let is_ours = |address: &str| address.ends_with(&self.domain);
        counts.retain(|(to, reply_to), count| {
            *count > 1 && (is_ours(to) || reply_to.as_deref().is_some_and(is_ours))
        });
        ensure!(counts.is_empty(), "sent more than once: {counts:?}");
        Ok(())
    }
}
