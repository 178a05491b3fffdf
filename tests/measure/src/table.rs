//! A table of figures, the same on the terminal and in the notes.

use comfy_table::{CellAlignment, presets};

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    title: String,
    /// The columns that name a row, and how many they are.
    names: usize,
    table: comfy_table::Table,
    /// The names of the row before, so that a name is not repeated below itself.
    above: Vec<String>,
}

impl Table {
    /// A table without rows. The columns `names` say what a row is; `figures` hold its figures.
    pub fn new<const N: usize>(
        title: impl Into<String>,
        names: [&str; N],
        figures: impl IntoIterator<Item = String>,
    ) -> Table {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        table.set_header(names.into_iter().map(String::from).chain(figures));
        Table { title: title.into(), names: N, table, above: vec![String::new(); N] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, names: [&str; N], figures: impl IntoIterator<Item = String>) {
        // Only the first name groups rows.
        let repeated = N > 1 && self.above.first().is_some_and(|above| above == names[0]);
        let first = if repeated { "" } else { names[0] };
        let shown = std::iter::once(first).chain(names[1..].iter().copied()).map(String::from);
        self.table.add_row(shown.chain(figures));
        self.above = names.map(String::from).to_vec();
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let mut table = self.table.clone();
        for column in table.column_iter_mut().skip(self.names) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!("{}:\n\n{table}\n", self.title)
    }
}
