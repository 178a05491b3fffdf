//! Writes reports so that nobody ever finds half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Writes a file as a whole: beside its place, and then moved there. What is no plain file (a pipe, a device) is
/// written as it is.
///
/// # Errors
/// One line that names the path.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let written = if is_stream(path) {
        File::create(path).and_then(|mut file| fill(&mut file, text))
    } else {
        // Through a link to where it leads, so that the link stays one.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        beside(&place).and_then(|mut file| {
            fill(file.as_file_mut(), text)?;
            file.persist(place).map(drop).map_err(|error| error.error)
        })
    };
    written.map_err(|error| refused(path, &error))
}

/// The reason alone: the name of the temporary file, which the error may carry, tells nobody anything.
fn refused(path: &Path, error: &io::Error) -> String {
    let reason = io::Error::from(error.kind());
    format!(
        "{} cannot be written: {}",
        path.display(),
        error.raw_os_error().map_or(reason, io::Error::from_raw_os_error)
    )
}

/// Whether it is no plain file: what was written to it cannot be taken back.
pub fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|known| !known.is_file())
}

/// Whether a file can be created there; nothing is left behind.
///
/// # Errors
/// One line that names the path.
pub fn probe(path: &Path) -> Result<(), String> {
    let tried = match fs::metadata(path) {
        Ok(known) if known.is_dir() => {
            return Err(format!("{} is a directory; give the name of a file", path.display()));
        }
        Ok(known) if !known.is_file() => OpenOptions::new().write(true).open(path).map(drop),
        _ => beside(path).map(drop),
    };
    tried.map_err(|error| refused(path, &error))
}

fn fill(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    // A full disk may show only here. A pipe or a device cannot be synchronised, and need not be.
    match file.sync_all() {
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(error),
        _ => Ok(()),
    }
}

/// A file in the same folder that is gone again unless it is kept.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    // A report is read by whoever may read what its author creates, which is not so of a temporary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".ctxcheck-").tempfile_in(folder)
}
