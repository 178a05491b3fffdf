//! Writes reports so that nobody ever finds half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file as a whole: beside its place, and then moved there. What is no plain file (a pipe, a device) is
/// written as it is.
///
/// # Errors
/// One line that names the path.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let wrong = |error: io::Error| format!("{} cannot be written: {error}", path.display());
    if is_stream(path) {
        return in_place(path, text).map_err(wrong);
    }
    // Through a link to where it leads, so that the link stays one.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let beside = beside(&place);
    let written = in_place(&beside, text).and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(wrong)
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
    let wrong = |error: io::Error| format!("{} cannot be written: {error}", path.display());
    match fs::metadata(path) {
        Ok(known) if known.is_dir() => Err(format!("{} is a directory; give the name of a file", path.display())),
        Ok(known) if !known.is_file() => OpenOptions::new().write(true).open(path).map(drop).map_err(wrong),
        _ => {
            let beside = beside(path);
            File::create(&beside).and_then(|_| fs::remove_file(&beside)).map_err(wrong)
        }
    }
}

fn in_place(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    // A full disk may show only here. A pipe or a device cannot be synchronised, and need not be.
    match file.sync_all() {
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(error),
        _ => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}
