//! What the figures were taken on.

use serde::Serialize;
use std::fmt;
use std::fs;
use std::process::Command;
use std::thread;

/// A machine and a build.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Machine {
    /// Threads that can run at once.
    pub cores: usize,
    /// The processor's name, if the system tells it.
    pub processor: Option<String>,
    /// The system and the architecture.
    pub system: String,
    /// The compiler in the path, if there is one: with the workspace's toolchain file, the one that built this.
    pub compiler: Option<String>,
    /// Whether the build was optimised.
    pub optimised: bool,
}

impl Machine {
    /// This one.
    pub fn this() -> Machine {
        Machine {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: processor(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            compiler: said_by("rustc", &["--version"]),
            optimised: !cfg!(debug_assertions),
        }
    }
}

fn processor() -> Option<String> {
    let in_proc = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_string())
    });
    in_proc.or_else(|| said_by("sysctl", &["-n", "machdep.cpu.brand_string"]))
}

fn said_by(command: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(command).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_string()).filter(|text| !text.is_empty())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (processor, cores) = (self.processor.as_deref().unwrap_or("unknown processor"), self.cores);
        let compiler = self.compiler.as_deref().unwrap_or("unknown compiler");
        write!(f, "{processor}, {cores} cores, {}, {compiler}", self.system)?;
        if self.optimised { Ok(()) } else { f.write_str("; NOT OPTIMISED, so the times mean little") }
    }
}
