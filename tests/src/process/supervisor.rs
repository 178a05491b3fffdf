//! The parent's end: starts a child, waits for its end, and says what that was.

use super::black_box::{self, Contents, State};
use super::child::LOOK;
use super::request::Request;
use super::wire;
use crate::scenario::Scenario;
use crate::stop;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The hidden subcommand that serves.
pub const SUBCOMMAND: &str = "serve-parent";

/// What a child is given beyond its time, or after a signal, to say what it has found.
const GRACE: Duration = Duration::from_secs(10);

/// How a child ended.
pub(super) enum End {
    /// With this result.
    Done(Vec<u8>),
    /// Without one.
    Died(Death),
    /// It was stopped, by a signal or at its time, and had not said anything.
    Stopped,
    /// It could not be started, or not be understood.
    Failed(String),
}

/// The death of a child.
#[derive(Clone, Debug)]
pub struct Death {
    /// What ended it.
    pub how: String,
    /// Whether it was killed because an execution took no steps.
    pub hangs: bool,
    /// Executions that it had begun.
    pub execution: u64,
    /// Whether it died inside the last of them, where that is known.
    pub inside: Option<bool>,
    /// The scenario of that.
    pub scenario: Option<Arc<Scenario>>,
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.how)
    }
}

/// Starts children.
pub(super) struct Supervisor {
    executable: PathBuf,
}

/// A child that does not outlive its owner.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // Of one that has ended and was waited for, nothing is left to be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Supervisor {
    /// Of children that run this executable.
    pub(super) fn new() -> io::Result<Supervisor> {
        std::env::current_exe().map(|executable| Supervisor { executable })
    }

    /// Runs a child to its end.
    pub(super) fn run(&self, request: &Request) -> End {
        self.try_run(request).unwrap_or_else(|error| End::Failed(format!("a child process cannot be run: {error}")))
    }

    fn try_run(&self, request: &Request) -> io::Result<End> {
        let mut black_box = tempfile::NamedTempFile::new()?;
        let mut said = tempfile::tempfile()?;
        let mut command = Command::new(&self.executable);
        command.arg(SUBCOMMAND).arg(black_box.path());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(said.try_clone()?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = Owned(command.spawn()?);
        let mut input = child.0.stdin.take();
        if let Some(input) = &mut input {
            let bytes = wire::bytes(request);
            // A child that ends before it has read everything is heard of by its end.
            let _ = input.write_all(&(bytes.len() as u64).to_le_bytes()).and_then(|()| input.write_all(&bytes));
        }
        let file = black_box.as_file_mut();
        let mut last = Instant::now() + Duration::from_secs_f64(request.seconds) + GRACE;
        let (mut pause, mut asked) = (Duration::from_millis(1), false);
        let status = loop {
            if let Some(status) = child.0.try_wait()? {
                break Some(status);
            }
            if let (false, Some(signal), Some(input)) = (asked, stop::asked_by(), &mut input) {
                let _ = input.write_all(&[signal.number()]);
                (asked, last) = (true, last.min(Instant::now() + GRACE));
            }
            if black_box::state(file) == State::Hangs || Instant::now() >= last {
                break None;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LOOK / 5);
        };
        drop(child);
        let contents = Contents::read(file)?;
        Ok(match (contents.result(), status) {
            (Some(result), _) => End::Done(result.to_vec()),
            (None, None) if asked || contents.head.state != State::Hangs => End::Stopped,
            (None, _) if asked && stop::asked_by().is_some() => End::Stopped,
            (None, status) => {
                let how = match status {
                    Some(status) => ended(status, &last_line(&mut said)),
                    None => {
                        let seconds = LOOK * u32::try_from(request.patience).unwrap_or(u32::MAX);
                        format!("one operation took no step for {seconds:?}, so its process was killed")
                    }
                };
                let from_outside = status.is_some_and(is_from_outside);
                End::Died(Death {
                    how,
                    hangs: status.is_none(),
                    execution: contents.head.executions,
                    inside: contents.head.inside.filter(|_| !from_outside),
                    scenario: contents.scenario(),
                })
            }
        })
    }
}

/// How a process ended, with the last that it said.
fn ended(status: ExitStatus, said: &str) -> String {
    let how = match signal(status) {
        Some(signal) => {
            let name = signal_hook::low_level::signal_name(signal).map_or_else(|| signal.to_string(), String::from);
            format!("its process was ended by {name}")
        }
        None => format!("its process ended with {status}"),
    };
    if said.is_empty() { how } else { format!("{how} ({said})") }
}

/// Whether somebody else ended it: the system that had no memory left, or a person.
fn is_from_outside(status: ExitStatus) -> bool {
    let name = signal(status).and_then(signal_hook::low_level::signal_name);
    name.is_some_and(|name| ["SIGHUP", "SIGINT", "SIGKILL", "SIGTERM"].contains(&name))
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// The last line of what a process wrote to its standard error.
fn last_line(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
    let text = read.map(|_| String::from_utf8_lossy(&bytes)).unwrap_or_default();
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_string()
}
