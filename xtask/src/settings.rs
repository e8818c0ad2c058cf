//! The environment variables that the task runner itself reads. It cannot use `kit::config`: it compiles first.

/// The value of a variable; an empty one counts as absent.
#[expect(
    clippy::disallowed_methods,
    reason = "kit::config would drag the whole kit into the task runner"
)]
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
