//! The child process: started, asked, and guarded against. Whatever it does (dies, hangs, takes all memory, writes
//! something else), the suite goes on and says what happened.

use crate::dialect::Version;
use crate::wire::{PROGRAM, PROTOCOL};
use contextvars_check::deadline::Deadline;
use contextvars_check::mutex::lock;
use contextvars_check::stop;
use serde_json::Value;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long an interpreter may take to say what it is.
const START: Duration = Duration::from_secs(20);

/// Memory that it may take, in bytes.
const MEMORY: u64 = 2 << 30;

/// A line of its output at most, in bytes.
const LONGEST: u64 = 256 << 20;

/// What is kept of its error output.
const KEPT: usize = 4096;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The process ended; with a signal, if it is known, and what it wrote last to its error output.
    Died(String, Option<i32>, String),
    /// It did not answer within this time.
    Hung(Duration),
    /// It wrote something else than an answer.
    NotProtocol(String),
    /// Nobody waits any more: a deadline has passed, or a signal asked to stop.
    Stopped,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Died(how, _, last) if last.is_empty() => write!(f, "it died: {how}"),
            Failure::Died(how, _, last) => write!(f, "it died: {how}; its last words: {last}"),
            Failure::Hung(after) => write!(f, "it did not answer within {} s, and was killed", after.as_secs()),
            Failure::NotProtocol(what) => write!(f, "what it wrote is no answer: {what}"),
            Failure::Stopped => f.write_str("the run was stopped"),
        }
    }
}

/// An interpreter that performs scenarios.
pub struct Interpreter {
    path: PathBuf,
    program: String,
    version: Version,
    maps: bool,
    child: Running,
}

impl Interpreter {
    /// Starts one.
    ///
    /// # Errors
    /// One line: it is missing, broken, or too old.
    pub fn start(path: &Path) -> Result<Interpreter, String> {
        Interpreter::start_as(path, PROGRAM)
    }

    /// Starts one that runs another program than the child's: for tests of what is made of its answers.
    ///
    /// # Errors
    /// As [`Interpreter::start`].
    pub fn start_as(path: &Path, program: &str) -> Result<Interpreter, String> {
        let shown = path.display();
        let mut child = Running::start(path, program).map_err(|error| format!("{shown} cannot be started: {error}"))?;
        let hello = child.line(START, Deadline::after(START.as_secs_f64()));
        let hello = hello.map_err(|failure| format!("{shown} is no interpreter that can be used: {failure}"))?;
        let hello: Value = serde_json::from_slice(&hello)
            .map_err(|_| format!("{shown} is no interpreter that can be used: it began with {}", shortened(&hello)))?;
        let number = |at: usize| hello["version"][at].as_u64().and_then(|n| u8::try_from(n).ok());
        let (Some(major), Some(minor), Some(micro), Some(implementation), Some(PROTOCOL)) =
            (number(0), number(1), number(2), hello["implementation"].as_str(), hello["protocol"].as_u64())
        else {
            return Err(format!("{shown} is no interpreter that can be used: it said {hello}"));
        };
        let (number, gil) = ((major, minor, micro), hello["gil"].as_bool().unwrap_or(true));
        let version = Version { implementation: implementation.to_owned(), number, gil };
        if hello["enters"] != true {
            return Err(format!(
                "{shown} ({version}) has no ctypes, or no PyContext_Enter: contexts cannot be entered"
            ));
        }
        let maps = hello["maps"] == true;
        Ok(Interpreter { path: path.to_owned(), program: program.to_owned(), version, maps, child })
    }

    /// What it is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Whether its own map can be reached, without contexts around it.
    pub fn has_maps(&self) -> bool {
        self.maps
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks; the answers come in the order of the questions.
    pub fn ask(&self, line: String) {
        // If the process is gone, the answer says so.
        let _ = self.child.questions.send(line);
    }

    /// Waits for the next line.
    ///
    /// # Errors
    /// Why there is none. The process is gone then; see [`Interpreter::restart`].
    pub fn answer(&mut self, patience: Duration, deadline: Deadline) -> Result<Value, Failure> {
        let line = self.child.line(patience, deadline)?;
        serde_json::from_slice(&line).map_err(|_| {
            self.child.end();
            Failure::NotProtocol(shortened(&line))
        })
    }

    /// Ends the process and starts another one.
    ///
    /// # Errors
    /// As [`Interpreter::start`].
    pub fn restart(&mut self) -> Result<(), String> {
        *self = Interpreter::start_as(&self.path, &self.program)?;
        Ok(())
    }
}

/// What was received, in a line that can be shown.
fn shortened(line: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&line[..line.len().min(120)]).escape_debug().to_string();
    let rest = if line.len() > 120 { format!("… ({} bytes)", line.len()) } else { String::new() };
    format!("`{shown}`{rest}")
}

enum Line {
    Whole(Vec<u8>),
    /// The output ended, with half a line perhaps.
    End(Vec<u8>),
}

/// The process, with a thread for each of its three pipes: nothing that it does can block the suite.
struct Running {
    child: Child,
    questions: Sender<String>,
    lines: Receiver<Line>,
    errors: Arc<Mutex<Vec<u8>>>,
    listener: Option<JoinHandle<()>>,
}

impl Running {
    fn start(path: &Path, program: &str) -> std::io::Result<Running> {
        // Isolated from the environment, without `site`: nothing but the interpreter and its library.
        let mut child = Command::new(path)
            .args(["-I", "-S", "-B", "-c", program, "--memory", &MEMORY.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (mut input, output, mut wrong) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (questions, asked) = channel::<String>();
        std::thread::spawn(move || {
            while let (Ok(line), Some(input)) = (asked.recv(), input.as_mut()) {
                if input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_err() {
                    return;
                }
            }
        });
        let (told, lines) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::with_capacity(1 << 16, output.expect("it is piped"));
            loop {
                let mut line = Vec::new();
                let whole = output.by_ref().take(LONGEST).read_until(b'\n', &mut line).is_ok() && line.ends_with(b"\n");
                if told.send(if whole { Line::Whole(line) } else { Line::End(line) }).is_err() || !whole {
                    return;
                }
            }
        });
        let errors = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&errors);
        let listener = std::thread::spawn(move || {
            let mut some = [0; 1024];
            while let Some(Ok(read @ 1..)) = wrong.as_mut().map(|wrong| wrong.read(&mut some)) {
                let mut kept = lock(&kept);
                let room = KEPT.saturating_sub(kept.len());
                kept.extend_from_slice(&some[..read.min(room)]);
            }
        });
        Ok(Running { child, questions, lines, errors, listener: Some(listener) })
    }

    /// The next line of the output. If there is none the process is ended.
    fn line(&mut self, patience: Duration, deadline: Deadline) -> Result<Vec<u8>, Failure> {
        let began = Instant::now();
        loop {
            match self.lines.recv_timeout(Duration::from_millis(50)) {
                Ok(Line::Whole(line)) => return Ok(line),
                Ok(Line::End(half)) => {
                    let status = self.end();
                    if stop::asked_by().is_some() {
                        return Err(Failure::Stopped);
                    }
                    let (how, signal) = how(status);
                    let half = if half.is_empty() {
                        String::new()
                    } else {
                        format!(", after half a line {}", shortened(&half))
                    };
                    return Err(Failure::Died(format!("{how}{half}"), signal, self.last_words()));
                }
                Err(RecvTimeoutError::Timeout) if deadline.has_passed() => {
                    self.end();
                    return Err(Failure::Stopped);
                }
                Err(RecvTimeoutError::Timeout) if began.elapsed() >= patience => {
                    self.end();
                    return Err(Failure::Hung(patience));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let (how, signal) = how(self.end());
                    return Err(Failure::Died(how, signal, self.last_words()));
                }
            }
        }
    }

    /// Ends the process, if it has not ended by itself, and takes it off the system's table.
    fn end(&mut self) -> Option<ExitStatus> {
        // A process whose output has ended is ending, or will not: both are soon known.
        let patience = Instant::now() + Duration::from_millis(if self.listener.is_some() { 200 } else { 0 });
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(2)),
                _ => break,
            }
        }
        let _ = self.child.kill();
        self.child.wait().ok()
    }

    /// The first line of what it wrote to its error output.
    fn last_words(&mut self) -> String {
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        let errors = lock(&self.errors);
        let text = String::from_utf8_lossy(&errors);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        // A traceback ends with what went wrong; a report of a crash begins with it.
        let line = if text.starts_with("Traceback") { lines.last() } else { lines.first() };
        line.map_or_else(String::new, |line| line.replace(char::is_control, " "))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a process ended, and by which signal.
fn how(status: Option<ExitStatus>) -> (String, Option<i32>) {
    let Some(status) = status else { return ("nobody knows how".into(), None) };
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    (status.to_string(), signal)
}
