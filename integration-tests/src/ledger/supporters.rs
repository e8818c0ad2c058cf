//! Supporters at a bounded rate, as browsers behave: an action with an idempotency key, sent again until it is accepted; the
//! link of the email; its page and the button, until the page says that it worked. What was accepted goes into the ledger.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use xtask::interrupt;

use super::lock;
use crate::driver::{Answer, Driver};

/// So many supporters at most are on their way; above it, new ones wait.
const AT_ONCE: usize = 300;
const RETRY: Duration = Duration::from_millis(700);
const LOOK: Duration = Duration::from_millis(300);
/// Every so many supporters, one clicks twice.
const CLICKS_TWICE: usize = 7;
/// Postcodes that lie in the demo's boundaries.
const POSTCODES: [&str; 4] = ["CB2 1TN", "M2 5DB", "OX4 1AA", "OX4 2AB"];

/// What the suite has promised to a supporter, by their address.
#[derive(Debug, Default, Clone, Copy)]
pub struct Promised {
    /// The action was answered 202.
    pub accepted: bool,
    /// The confirmation was answered 200.
    pub confirmed: bool,
    /// Their erasure was asked for, and answered 202.
    pub erased: bool,
}

/// All that was accepted, and how often it was tried.
#[derive(Default)]
pub struct Ledger {
    pub supporters: Mutex<BTreeMap<String, Promised>>,
    /// Answers by step and status; 0 for none.
    pub answers: Mutex<BTreeMap<(&'static str, u16), usize>>,
    /// Every so many supporters, one is erased as soon as they are counted.
    erases: Option<usize>,
    /// Confirmation links by address.
    links: Mutex<HashMap<String, String>>,
    /// No new supporters come.
    pub is_over: AtomicBool,
    /// Nobody tries any longer.
    pub is_given_up: AtomicBool,
}

impl Ledger {
    /// One of which every so many supporters are erased, if any.
    pub fn erasing(every: Option<usize>) -> Self {
        Self { erases: every, ..Self::default() }
    }

    fn goes_on(&self) -> bool {
        !self.is_given_up.load(Relaxed) && !interrupt::requested()
    }

    fn note(&self, step: &'static str, answer: &anyhow::Result<Answer>) {
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        *lock(&self.answers).entry((step, status)).or_default() += 1;
    }

    fn promise(&self, email: &str, change: impl FnOnce(&mut Promised)) {
        change(lock(&self.supporters).entry(email.to_owned()).or_default());
    }

    /// Supporters, those accepted, those confirmed.
    pub fn counts(&self) -> (usize, usize, usize) {
        let all = lock(&self.supporters);
        let accepted = all.values().filter(|it| it.accepted).count();
        (all.len(), accepted, all.values().filter(|it| it.confirmed).count())
    }
}

/// Runs until the load is over and every supporter has finished or given up. The addresses of supporters are of a domain.
pub async fn run(driver: Driver, ledger: Arc<Ledger>, per_second: u32, domain: String) {
    let mut reader = JoinSet::new();
    reader.spawn(read_mail(driver.clone(), ledger.clone()));
    let mut supporters = JoinSet::new();
    let mut pace = interval(Duration::from_secs(1) / per_second);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        pace.tick().await;
        while supporters.len() >= AT_ONCE {
            supporters.join_next().await;
        }
        if ledger.is_over.load(Relaxed) || !ledger.goes_on() {
            break;
        }
        supporters.spawn(support(
            driver.clone(),
            ledger.clone(),
            format!("supporter-{number}@{domain}"),
            number,
        ));
        while supporters.try_join_next().is_some() {}
    }
    while supporters.join_next().await.is_some() {}
}

async fn read_mail(driver: Driver, ledger: Arc<Ledger>) {
    loop {
        let reading = driver.clone();
        let emails = tokio::task::spawn_blocking(move || reading.emails()).await;
        if let Ok(Ok(emails)) = emails {
            let mut links = lock(&ledger.links);
            for mail in emails {
                if let (false, Some(link)) = (links.contains_key(&mail.to), mail.link()) {
                    links.insert(mail.to.clone(), link);
                }
            }
        }
        sleep(LOOK).await;
    }
}

async fn support(driver: Driver, ledger: Arc<Ledger>, email: String, number: usize) {
    ledger.promise(&email, |_| {});
    let twice = number.is_multiple_of(CLICKS_TWICE);
    let mut action = Driver::action(&email, "Sam Supporter");
    let postcode = POSTCODES.get(number % POSTCODES.len()).copied().unwrap_or_default();
    if let Some(field) = action.get_mut("postcode") {
        *field = postcode.into();
    }
    let url = format!("{}/v1/campaigns/{}/actions", driver.gateway, driver.campaign);
    let act = || {
        let request = driver.http.post(&url).bearer_auth(&driver.publishable).json(&action);
        driver.send(request.header("idempotency-key", &email))
    };
    if !insist(&ledger, ("act", 202), twice, act).await {
        return;
    }
    ledger.promise(&email, |it| it.accepted = true);
    let Some(link) = link(&ledger, &email).await else { return };
    if !insist(&ledger, ("confirm", 200), twice, || driver.confirm(&link)).await {
        return;
    }
    ledger.promise(&email, |it| it.confirmed = true);
    if ledger.erases.is_some_and(|every| number.is_multiple_of(every)) {
        erase(&driver, &ledger, &email).await;
    }
}

async fn erase(driver: &Driver, ledger: &Ledger, email: &str) {
    let url = format!("{}/v1/erasures", driver.gateway);
    let body = json!({ "email": email });
    let erase = || {
        let request = driver.http.post(&url).bearer_auth(&driver.secret).json(&body);
        driver.send(request.header("idempotency-key", email))
    };
    if insist(ledger, ("erase", 202), false, erase).await {
        ledger.promise(email, |it| it.erased = true);
    }
}

/// Asks until the answer has this status; whether it came.
async fn insist<F: Future<Output = anyhow::Result<Answer>>>(
    ledger: &Ledger,
    (step, wanted): (&'static str, u16),
    twice: bool,
    ask: impl Fn() -> F,
) -> bool {
    while ledger.goes_on() {
        let answer = if twice {
            let (answer, other) = tokio::join!(ask(), ask());
            ledger.note(step, &other);
            answer
        } else {
            ask().await
        };
        ledger.note(step, &answer);
        if answer.is_ok_and(|answer| answer.status == wanted) {
            return true;
        }
        sleep(RETRY).await;
    }
    false
}

async fn link(ledger: &Ledger, email: &str) -> Option<String> {
    while ledger.goes_on() {
        if let Some(link) = lock(&ledger.links).get(email) {
            return Some(link.clone());
        }
        sleep(LOOK).await;
    }
    None
}
