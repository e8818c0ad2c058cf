//! Clients that other people's generators make of the merged OpenAPI document: compiled, and used against a running suite.
//! Other people's linters read the document too.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use integration_tests::{
    driver::Driver,
    places::setting,
    suite::{Mode, Suite},
};
use serde_json::Value;

/// A running suite, and a folder with its document.
struct World {
    driver: Driver,
    dir: PathBuf,
    _suite: Suite,
}

impl World {
    async fn start(story: &str) -> anyhow::Result<Self> {
        let suite = tokio::task::block_in_place(|| Suite::start(story, Mode::OneProcess))?;
        let driver = Driver::of(&suite)?;
        let document = driver.send(driver.http.get(format!("{}/openapi.json", driver.gateway)));
        let dir = suite.dir.join("clients");
        fs::create_dir_all(&dir)?;
        fs::write(dir.join("openapi.json"), document.await?.text)?;
        Ok(Self { driver, dir, _suite: suite })
    }

    /// The client's own sources, beside what a generator will add.
    fn sources(&self, language: &str) -> anyhow::Result<PathBuf> {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(language);
        let to = self.dir.join(language);
        run(Command::new("cp").arg("--recursive").arg(from).arg(&to))?;
        Ok(to)
    }

    /// Runs a client, which prints the id of the campaign that it created.
    async fn uses_the_suite(&self, client: &mut Command) -> anyhow::Result<()> {
        let title = format!("Plant more trees: {}", client.get_program().to_string_lossy());
        client
            .env("GATEWAY", &self.driver.gateway)
            .env("SECRET_KEY", &self.driver.secret)
            .env("CAMPAIGN", &self.driver.campaign)
            .env("TITLE", &title)
            // The suite is on loopback, whatever the machine's way to other places is.
            .env("NO_PROXY", "*");
        let id = tokio::task::block_in_place(|| run(client))?;
        let created = self.driver.get(&format!("/v1/campaigns/{}", id.trim())).await?;
        assert_eq!(created.json()["title"], Value::from(title), "{}", created.text);
        Ok(())
    }
}

/// Runs a program to its end and returns what it printed.
fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{:?}", command.get_program()))?;
    let (out, err) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
    let out = String::from_utf8(out)?;
    ensure!(output.status.success(), "{:?}: {out}{err}", command.get_program());
    Ok(out)
}

/// A program of the foreign packages in JavaScript.
fn node(program: &str) -> anyhow::Result<Command> {
    Ok(Command::new(Path::new(&setting("FOLKMOOT_TEST_NODE")?).join(".bin").join(program)))
}

/// A program of the foreign packages in Python.
fn python(program: &str) -> anyhow::Result<Command> {
    let python = PathBuf::from(setting("FOLKMOOT_TEST_PYTHON")?);
    Ok(Command::new(python.with_file_name(program)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_passes_linters_and_its_clients_compile_and_work() -> anyhow::Result<()> {
    let world = World::start("clients").await?;
    lint(&world)?;
    in_typescript(&world).await?;
    in_python(&world).await?;
    in_go(&world).await
}

fn lint(world: &World) -> anyhow::Result<()> {
    let rules = world.sources("lint")?;
    let document = world.dir.join("openapi.json");
    run(python("openapi-spec-validator")?.arg(&document))?;
    run(node("spectral")?
        .args(["lint", "--fail-severity=warn", "--ruleset"])
        .arg(rules.join("spectral.yaml"))
        .arg(&document))?;
    run(node("redocly")?
        .args(["lint", "--format=stylish", "--config"])
        .arg(rules.join("redocly.yaml"))
        .arg(&document)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"))?;
    Ok(())
}

async fn in_typescript(world: &World) -> anyhow::Result<()> {
    let dir = world.sources("typescript")?;
    std::os::unix::fs::symlink(setting("FOLKMOOT_TEST_NODE")?, dir.join("node_modules"))?;
    run(node("openapi-typescript")?
        .arg("../openapi.json")
        .args(["-o", "api.d.ts"])
        .current_dir(&dir))?;
    run(node("tsc")?.current_dir(&dir))?;
    world.uses_the_suite(Command::new("node").arg("built/call.js").current_dir(&dir)).await
}

async fn in_python(world: &World) -> anyhow::Result<()> {
    let dir = world.sources("python")?;
    run(python("openapi-python-client")?
        .args(["generate", "--meta=none", "--fail-on-warning"])
        .args(["--path=../openapi.json", "--config=config.yaml"])
        .current_dir(&dir))?;
    run(python("python")?.args(["-m", "compileall", "-q", "folkmoot_client"]).current_dir(&dir))?;
    world.uses_the_suite(python("python")?.arg("call.py").current_dir(&dir)).await
}

async fn in_go(world: &World) -> anyhow::Result<()> {
    let dir = world.sources("go")?;
    let generator = xtask::generators::Go(PathBuf::from(setting("FOLKMOOT_TEST_GO")?));
    fs::create_dir(dir.join("api"))?;
    run(Command::new(generator.0.join("bin/oapi-codegen"))
        .args(["-generate=types,client", "-package=api", "-o=api/api.gen.go", "../openapi.json"])
        .current_dir(&dir))?;
    run(generator.command().args(["vet", "./..."]).env("GOPROXY", "off").current_dir(&dir))?;
    run(generator
        .command()
        .args(["build", "-o=call", "."])
        .env("GOPROXY", "off")
        .current_dir(&dir))?;
    world.uses_the_suite(Command::new(dir.join("call")).current_dir(&dir)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_in_rust_compiles_and_works() -> anyhow::Result<()> {
    let Ok(generator) = setting("FOLKMOOT_TEST_OPENAPI_GENERATOR") else {
        eprintln!("left out: a client in Rust, which `cargo xtask foreign` tests");
        return Ok(());
    };
    let world = World::start("client_in_rust").await?;
    let dir = world.sources("rust")?;
    run(Command::new("java")
        .args(["-jar", &generator, "generate", "--generator-name=rust", "--output=client"])
        .args(["--input-spec=../openapi.json", "--config=generator.yaml"])
        .current_dir(&dir))?;
    let target = xtask::paths::cache()?.join("client-in-rust");
    let cargo = |task: &str| {
        let mut cargo = xtask::paths::cargo();
        cargo.args([task, "--locked", "--quiet"]).current_dir(&dir);
        // Kept outside the clone, so that a second run has the dependencies compiled.
        cargo.env("CARGO_TARGET_DIR", &target);
        cargo
    };
    if setting("FOLKMOOT_TEST_CHECK_ONLY").is_ok() {
        tokio::task::block_in_place(|| run(&mut cargo("check")))?;
        return Ok(());
    }
    tokio::task::block_in_place(|| run(&mut cargo("build")))?;
    world.uses_the_suite(cargo("run").current_dir(&dir)).await
}
