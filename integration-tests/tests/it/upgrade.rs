//! The release before and this build on one schema, as an upgrade and its rollback have them: the schema first, then both
//! builds side by side, then this one alone, and all of it back again. `cargo xtask upgrade --from BINARY` runs it.

use std::path::PathBuf;

use contracts::services;
use integration_tests::{
    driver::Driver,
    places::setting,
    suite::{Mode, Suite},
};
use tokio::task::block_in_place;

use crate::{
    replicas::{self, Front, fronts},
    traffic::{Outcome, Traffic},
};

/// People who confirm in each phase.
const PEOPLE: usize = 8;

struct Story {
    suite: Suite,
    fronts: Vec<Front>,
    driver: Driver,
    outcome: Outcome,
    before: PathBuf,
    this: PathBuf,
    version: usize,
}

impl Story {
    async fn start(before: PathBuf) -> anyhow::Result<Self> {
        let names: Vec<&'static str> = services::names().collect();
        let mut settings = Vec::new();
        let mut fronts = fronts(&names, &mut settings).await?;
        let settings: Vec<_> = settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut suite = block_in_place(|| {
            Suite::start_binary(before.clone(), "upgrade", Mode::ProcessEach, &settings)
        })?;
        replicas::adopt(&mut fronts, &mut suite);
        let (driver, outcome) = (Driver::of(&suite)?, Outcome::default());
        let this = PathBuf::from(setting("FOLKMOOT_TEST_BIN")?);
        Ok(Self { suite, fronts, driver, outcome, before, this, version: 0 })
    }

    /// Some people, while something is done to the suite and after it.
    async fn phase(
        &mut self,
        name: &'static str,
        change: impl AsyncFnOnce(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let traffic = Traffic::start(&self.driver, name)?;
        change(self).await?;
        traffic.await_confirmed(&self.driver, PEOPLE).await?;
        self.outcome.add(traffic.end().await?);
        Ok(())
    }

    /// Starts a replica of each service from a build.
    async fn add(&mut self, binary: PathBuf) -> anyhow::Result<()> {
        self.suite.use_binary(binary);
        self.version += 1;
        replicas::add(&mut self.fronts, &self.suite, self.version, &[]).await
    }

    /// Stops all but the replicas that were started last. How a replica stops under load is another test's subject.
    fn stop_others(&mut self) -> anyhow::Result<()> {
        replicas::stop_older(&mut self.fronts, self.version, usize::MAX)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_release_before_works_on_this_schema_beside_this_build_and_after_it()
-> anyhow::Result<()> {
    let Ok(before) = setting("FOLKMOOT_TEST_RELEASE_BEFORE").map(PathBuf::from) else {
        eprintln!("left out: the release before, which `cargo xtask upgrade` tests");
        return Ok(());
    };
    let mut story = Story::start(before).await?;
    let (before, this) = (story.before.clone(), story.this.clone());
    story
        .phase("schema", async |story| {
            story.suite.use_binary(story.this.clone());
            block_in_place(|| story.suite.run("migrate", &["migrate"]))?;
            block_in_place(|| story.suite.run("topics", &["topics"]))?;
            Ok(())
        })
        .await?;
    story.phase("mixed", async |story| story.add(this).await).await?;
    story.stop_others()?;
    story.phase("this", async |_| Ok(())).await?;
    story.phase("back", async |story| story.add(before).await).await?;
    story.stop_others()?;
    story.phase("before", async |_| Ok(())).await?;
    story.outcome.check(&story.suite, &story.driver).await?;
    let logs = story.suite.logs()?;
    let errors: Vec<_> = logs.lines().filter(|line| line.contains("\"ERROR\"")).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    Ok(())
}
