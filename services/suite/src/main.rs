//! `folkmoot`: every service and the operators' commands in one binary.
//!
//! `folkmoot all` runs the whole suite in one process, `folkmoot campaigns` runs one service, as a pod does.

mod commands;
mod services;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "folkmoot", version, about = "The open backend for organisations that campaign")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every service in this process
    All,
    /// Validate the configuration and exit
    CheckConfig {
        /// Services to check; all by default
        services: Vec<String>,
    },
    /// Create roles, databases and schemas, or bring them up to date
    Migrate {
        /// Services whose schemas are meant; all by default
        services: Vec<String>,
        /// Change nothing, and end when the schemas are up to date
        #[arg(long)]
        wait: bool,
    },
    /// Create the Kafka topics that are missing and correct the settings of those that exist
    Topics {
        /// Copies of each partition
        #[arg(long, default_value_t = 1)]
        replicas: i32,
    },
    /// Generate an installation's keys and credentials
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Receive email and save it as files, for trials
    CatchMail {
        /// Where to listen; loopback only
        #[arg(long)]
        listen: SocketAddr,
        /// Folder for the emails
        #[arg(long)]
        dir: PathBuf,
    },
    /// Print the emails that were caught, oldest first
    CaughtMail {
        /// Folder of the catcher
        #[arg(long)]
        dir: PathBuf,
    },
    /// Wait until addresses answer with a success, such as services' `/readyz`
    Ready {
        /// The longest wait
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The addresses
        #[arg(required = true)]
        urls: Vec<String>,
    },
    /// Import, list and roll back data sets
    #[command(subcommand)]
    Data(commands::import::DataCommand),
    /// Create organisations and their API keys
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Replay events that could not be handled
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Create a demo organisation with a live campaign, unless it exists, and print its credentials
    Demo {
        /// File for the demo's credentials as JSON; the file of the same name that ends in `.env` is for the shell
        #[arg(long)]
        state: PathBuf,
        /// The gateway, where its public URL cannot be reached from here, as in a pod
        #[arg(long)]
        gateway: Option<String>,
    },
    /// Run one service
    #[command(external_subcommand)]
    Service(Vec<String>),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Generate any missing keys into files, one for each service; what is there is never replaced
    Generate {
        /// The folder of the files, which only their owner can read
        #[arg(long)]
        dir: PathBuf,
        /// The domain that sends email
        #[arg(long, required_unless_present = "trial")]
        domain: Option<String>,
        /// Generate development keys into DIR/env instead, for a trial in one process
        #[arg(long, conflicts_with = "domain")]
        trial: bool,
    },
    /// Make the Secrets of an installation on Kubernetes; what is there is never replaced
    Bootstrap(commands::keys::bootstrap::Bootstrap),
}

#[derive(Subcommand)]
enum TenantCommand {
    /// Create an organisation with its first owner; the password is read from the first line of standard input
    Create {
        /// Short public name
        #[arg(long)]
        slug: String,
        /// Public name
        #[arg(long)]
        name: String,
        /// The owner's address
        #[arg(long)]
        owner_email: String,
        /// The owner's name
        #[arg(long)]
        owner_name: String,
    },
    /// Create a secret API key of an organisation and print it (shown once)
    Key {
        /// The organisation's id
        #[arg(long)]
        tenant: String,
        /// A scope of the key, such as `campaigns:read`; may be given several times
        #[arg(long, required = true)]
        scope: Vec<String>,
        /// For trying out: nothing that the key does may reach live data
        #[arg(long)]
        test: bool,
    },
}

#[derive(Subcommand)]
enum DeadCommand {
    /// Put a consumer's dead letters back on their topic
    Replay {
        /// Topic without prefix, e.g. `campaigns.actions.v1`
        #[arg(long)]
        topic: String,
        /// The service that could not handle them
        #[arg(long)]
        service: String,
    },
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            commands::print_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::All => commands::serve::all().await,
        Command::Service(words) => commands::serve::one(&words).await,
        Command::CheckConfig { services } => commands::serve::check_config(&services),
        Command::Migrate { services, wait: false } => commands::stores::migrate(&services).await,
        Command::Migrate { services, wait: true } => {
            commands::stores::await_schemas(&services).await
        }
        Command::Topics { replicas } => commands::stores::topics(replicas).await,
        Command::Dead(DeadCommand::Replay { topic, service }) => {
            commands::stores::replay(&topic, &service).await
        }
        Command::Keys(KeysCommand::Generate { dir, domain: Some(domain), .. }) => {
            commands::keys::generate(&dir, &domain)
        }
        Command::Keys(KeysCommand::Generate { dir, domain: None, .. }) => {
            commands::keys::generate_trial(&dir)
        }
        Command::Keys(KeysCommand::Bootstrap(options)) => {
            commands::keys::bootstrap::bootstrap(&options).await
        }
        Command::CatchMail { listen, dir } => commands::mail::catch(listen, dir).await,
        Command::CaughtMail { dir } => commands::mail::print_caught(&dir),
        Command::Ready { seconds, urls } => {
            commands::ready::wait(&urls, Duration::from_secs(seconds)).await
        }
        Command::Data(data) => {
            tokio::task::spawn_blocking(move || commands::import::run(data)).await?
        }
        Command::Tenant(TenantCommand::Create { slug, name, owner_email, owner_name }) => {
            commands::tenant::create(&slug, &name, &owner_email, &owner_name).await
        }
        Command::Tenant(TenantCommand::Key { tenant, scope, test }) => {
            commands::tenant::key(&tenant, &scope, test).await
        }
        Command::Demo { state, gateway } => commands::demo::prepare(&state, gateway).await,
    }
}
