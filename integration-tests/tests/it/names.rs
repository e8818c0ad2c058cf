//! The task runner compiles before everything else and so has its own list of services; it must be the suite's.

use std::collections::BTreeSet;

use contracts::services;
use xtask::up::commands;

#[test]
fn the_task_runner_knows_every_service_and_its_ports() {
    let known: BTreeSet<&str> = commands::SERVICES.into_iter().collect();
    assert_eq!(known, services::names().collect());
    let ports: BTreeSet<u16> = commands::suite_ports().collect();
    let own = services::ALL.into_iter().map(|service| service.port);
    assert_eq!(ports, own.chain([services::GATEWAY.admin_port()]).collect());
}
