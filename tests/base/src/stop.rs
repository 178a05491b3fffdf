//! A request to stop early, made by a signal.
//!
//! The first SIGINT, SIGTERM or SIGHUP (its terminal is gone) asks: every [`Deadline`](crate::deadline::Deadline) has
//! passed from then on, so the engines end soon, report what they covered, and call it less than was planned. The
//! second one ends the process at once.

#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// The signals that ask, by name.
const SIGNALS: &[(i32, &str)] = &[
    (SIGINT, "SIGINT"),
    (SIGTERM, "SIGTERM"),
    #[cfg(unix)]
    (SIGHUP, "SIGHUP"),
];

/// The number of the signal that asked, or 0.
static ASKED_BY: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Has signals ask to stop from now on.
///
/// # Errors
/// If the system refuses the handlers.
pub fn on_signals() -> io::Result<()> {
    let second = Arc::new(AtomicBool::new(false));
    for &(signal, _) in SIGNALS {
        // In this order: the second signal ends the process, because the first one has armed that.
        flag::register_conditional_shutdown(signal, status(signal), Arc::clone(&second))?;
        flag::register(signal, Arc::clone(&second))?;
        flag::register_usize(signal, Arc::clone(&ASKED_BY), usize::try_from(signal).unwrap_or_default())?;
    }
    Ok(())
}

/// The signal that asked to stop, if one did.
pub fn asked_by() -> Option<Signal> {
    // Relaxed: a flag that publishes nothing.
    match i32::try_from(ASKED_BY.load(Ordering::Relaxed)) {
        Ok(0) | Err(_) => None,
        Ok(signal) => Some(Signal(signal)),
    }
}

/// Asks to stop, as if this signal had come: for one that somebody else got, and passes on.
pub fn ask(signal: i32) {
    // Relaxed: as above.
    ASKED_BY.store(usize::try_from(signal).unwrap_or_default(), Ordering::Relaxed);
}

/// What an engine that passed its deadline says of the reason.
pub fn reason() -> String {
    asked_by()
        .map_or_else(|| "in the time given".into(), |signal| format!("before it was stopped by {}", signal.name()))
}

/// A signal that asks to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signal(i32);

impl Signal {
    /// Its name.
    pub fn name(self) -> &'static str {
        SIGNALS.iter().find(|(number, _)| *number == self.0).map_or("a signal", |(_, name)| name)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        u8::try_from(self.0).unwrap_or_default()
    }

    /// The exit status of a process that it ended: 128 and its number, as shells have it.
    pub fn status(self) -> u8 {
        u8::try_from(status(self.0)).unwrap_or(1)
    }
}

/// What shells make of a signal: 128 and its number.
fn status(signal: i32) -> i32 {
    128 + signal
}
