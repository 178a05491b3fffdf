//! What the properties say, as the notes define them.

/// The definitions of the properties, as they stand in the notes.
pub const NOTES: &str = include_str!("../../../proofs-notes/properties.md");

/// The section of the notes under the heading that begins with this id, with its heading.
pub fn section(id: &str) -> Option<(&'static str, String)> {
    let is_heading = |line: &&str| line.starts_with("## ");
    let mut lines = NOTES.lines().skip_while(|line| !(is_heading(line) && line[3..].starts_with(id)));
    let heading = lines.next()?;
    let body: Vec<_> = lines.take_while(|line| !is_heading(line)).collect();
    Some((heading, body.join("\n").trim_end().to_string()))
}

/// The sentence in italics that a section opens with.
pub fn definition(id: &str) -> String {
    let body = section(id).map_or(String::new(), |(_, body)| body);
    let paragraph = body.trim_start().split("\n\n").next().unwrap_or_default().replace('\n', " ");
    paragraph.trim_matches('*').to_string()
}
