//! Names that are not known: what the user may have meant.

/// The names of `known` that are nearest to `name`: alike enough to be a slip of the pen, or a part of them; the
/// nearest first, three at most.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let part = name.len() > 2 && (known.contains(&name) || name.contains(&known));
        strsim::normalized_damerau_levenshtein(&name, &known).max(if part { 0.75 } else { 0.0 })
    };
    let mut near: Vec<(f64, &str)> = known.into_iter().map(|known| (likeness(known), known)).collect();
    near.retain(|(likeness, _)| *likeness > 0.6);
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.into_iter().map(|(_, known)| known).take(3).collect()
}

/// One line: that a name of this kind is not known, and the nearest ones, or else all that there are.
pub fn unknown<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = nearest(name, known.clone());
    if near.is_empty() {
        let all: Vec<&str> = known.into_iter().collect();
        let known = if all.len() > 50 {
            "`list` names those there are".into()
        } else {
            format!("known are {}", all.join(", "))
        };
        return format!("unknown {kind} `{name}`; {known}");
    }
    let near: Vec<String> = near.into_iter().map(|near| format!("`{near}`")).collect();
    format!("unknown {kind} `{name}`; did you mean {}?", near.join(" or "))
}
