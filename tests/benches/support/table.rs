//! Tables on the terminal.

/// Prints rows under a head: the first column to the left, the others to the right.
pub(crate) fn print(head: &[&str], rows: &[Vec<String>]) {
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let head: Vec<String> = head.iter().map(|&text| text.to_owned()).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let lengths = rows.iter().map(|row| cell(row, column).chars().count());
            lengths
                .chain([cell(&head, column).chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    println!();
    for row in [&head].into_iter().chain(rows) {
        let cells = widths
            .iter()
            .enumerate()
            .map(|(column, &width)| match column {
                0 => format!("{:<width$}", cell(row, column)),
                _ => format!("{:>width$}", cell(row, column)),
            });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
