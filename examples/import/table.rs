//! A file as rows of cells. What is in doubt is refused, with its line: an event that was made of a misread row cannot be
//! changed any more.

use csv::{ByteRecord, ReaderBuilder};

/// The rows of a file under the names of its first line, and the lines that are no rows of it.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    /// Cells are separated by semicolons, as they are where a comma stands before the cents and a point between
    /// thousands.
    pub(crate) has_semicolons: bool,
    pub(crate) rows: Vec<Row>,
    pub(crate) refused: Vec<Refused>,
}

/// As many cells as there are columns. Blanks around a cell are no part of it.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where it begins; the file's first line is 1.
    pub(crate) line: usize,
    pub(crate) cells: Vec<String>,
}

/// A row that is not imported.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) line: usize,
    pub(crate) reason: String,
}

/// What stands between two cells. The first line decides, since only one of these finds the columns' names in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Cells may be quoted, and may be empty.
    Delimited(u8),
    /// One blank or more between cells and perhaps before the first. Nothing is quoted, and no cell can be empty.
    Blanks,
}

const FORMATS: [Format; 4] = [
    Format::Delimited(b','),
    Format::Delimited(b';'),
    Format::Delimited(b'\t'),
    Format::Blanks,
];

impl Table {
    /// Reads a file whose first line names these columns, in any order and among others.
    pub(crate) fn read(bytes: &[u8], needed: &[&str]) -> Result<Table, String> {
        let text = utf8(bytes)?;
        let fits = |format: &Format| names(text, *format, needed).is_ok();
        let Some(format) = FORMATS.into_iter().find(fits) else {
            // Commas are the usual case, so what is missing with them is the best hint.
            return Err(
                names(text, FORMATS[0], needed).map_or_else(|error| error, |_| String::new())
            );
        };
        let columns = names(text, format, needed)?;
        let mut table = Table {
            columns,
            has_semicolons: format == Format::Delimited(b';'),
            rows: Vec::new(),
            refused: Vec::new(),
        };
        let mut records = Records::new(text, format);
        records.advance();
        while let Some((line, record)) = records.advance() {
            match record {
                // A line of nothing but blanks.
                Ok(cells) if matches!(&cells[..], [] | [""]) => {}
                Ok(cells) if cells.len() == table.columns.len() => table.rows.push(Row {
                    line,
                    cells: cells.into_iter().map(str::to_owned).collect(),
                }),
                Ok(cells) => table.refused.push(Refused {
                    line,
                    reason: format!(
                        "{} cells, where the first line names {} columns",
                        cells.len(),
                        table.columns.len()
                    ),
                }),
                Err(reason) => table.refused.push(Refused { line, reason }),
            }
        }
        Ok(table)
    }

    /// The place of the column with this name.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// The file's text, without a byte order mark.
fn utf8(bytes: &[u8]) -> Result<&str, String> {
    // A workbook of Excel's is a ZIP file.
    if matches!(bytes, [b'P', b'K', 3, 4, ..] | [0x1f, 0x8b, ..]) {
        return Err(
            "the file is a workbook or an archive; save the table as CSV in UTF-8".to_owned(),
        );
    }
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        || bytes.iter().take(4).any(|byte| *byte == 0)
    {
        return Err("the file is UTF-16 or UTF-32; save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + line_ends(&String::from_utf8_lossy(before));
        format!("line {line} is not UTF-8; save the file as UTF-8")
    })
}

/// The names in the first line, which has all that are needed, and each of them once.
fn names(text: &str, format: Format, needed: &[&str]) -> Result<Vec<String>, String> {
    let mut records = Records::new(text, format);
    let Some((_, first)) = records.advance() else {
        return Err("the file is empty".to_owned());
    };
    let found = first.map_err(|reason| format!("the first line: {reason}"))?;
    for name in needed {
        match found.iter().filter(|found| *found == name).count() {
            1 => {}
            0 => {
                return Err(format!(
                    "the first line names no column `{name}`; it names {found:?}"
                ));
            }
            _ => return Err(format!("the first line names `{name}` more than once")),
        }
    }
    Ok(found.into_iter().map(str::to_owned).collect())
}

/// The records of a text, each with its line.
struct Records<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    record: ByteRecord,
    format: Format,
    /// The line at this place of the text.
    line: usize,
    place: usize,
}

impl<'t> Records<'t> {
    fn new(text: &'t str, format: Format) -> Self {
        let delimiter = match format {
            Format::Delimited(delimiter) => delimiter,
            Format::Blanks => b' ',
        };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .quoting(format != Format::Blanks)
            .from_reader(text.as_bytes());
        Records {
            text,
            reader,
            record: ByteRecord::new(),
            format,
            line: 1,
            place: 0,
        }
    }

    /// The next record's line, and its cells or what is wrong with it.
    fn advance(&mut self) -> Option<(usize, Result<Vec<&str>, String>)> {
        let begin = self.position();
        // A text in memory can always be read.
        if !matches!(self.reader.read_byte_record(&mut self.record), Ok(true)) {
            return None;
        }
        let raw = self.text.get(begin..self.position()).unwrap_or_default();
        // Empty lines before it belong to no record.
        let empty = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
        let begin = begin + empty;
        self.line += line_ends(self.text.get(self.place..begin).unwrap_or_default());
        self.place = begin;
        let raw = raw.get(empty..).unwrap_or_default();
        Some((self.line, self.cells(raw)))
    }

    fn cells(&self, raw: &str) -> Result<Vec<&str>, String> {
        if let Format::Delimited(delimiter) = self.format {
            check_quotes(raw, delimiter)?;
        }
        let cells = self.record.iter().map(|cell| {
            let cell = str::from_utf8(cell).map_err(|_| "a cell is not UTF-8".to_owned())?;
            Ok(cell.trim_matches([' ', '\t']))
        });
        match self.format {
            Format::Delimited(_) => cells.collect(),
            Format::Blanks => cells.filter(|cell| *cell != Ok("")).collect(),
        }
    }

    fn position(&self) -> usize {
        let byte = self.reader.position().byte();
        usize::try_from(byte).unwrap_or(usize::MAX)
    }
}

/// Whether each quoted cell ends where its quote does. The reader takes anything, and a quote that was forgotten would
/// hide the rows up to the next one.
fn check_quotes(raw: &str, delimiter: u8) -> Result<(), String> {
    enum At {
        Start,
        Plain,
        Quoted,
        /// After a quote inside a quoted cell: the cell's end, or the first half of a quote.
        Quote,
    }
    let mut at = At::Start;
    for byte in raw.bytes() {
        at = match (at, byte) {
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) | (At::Quote, b'"') => At::Quoted,
            (At::Start, b'"') => At::Quoted,
            (_, byte) if byte == delimiter || matches!(byte, b'\r' | b'\n') => At::Start,
            (At::Quote, _) => {
                return Err("text after a closing quote; is one before it missing?".to_owned());
            }
            (At::Start | At::Plain, _) => At::Plain,
        };
    }
    match at {
        At::Quoted => Err("a quote is not closed, so what follows it is not read".to_owned()),
        At::Start | At::Plain | At::Quote => Ok(()),
    }
}

/// A line ends with CR, LF or both.
fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let pairs = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
    let single = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n'));
    single.count() - pairs
}

#[cfg(test)]
mod tests {
    use super::Table;

    const NEEDED: [&str; 2] = ["id", "date"];

    /// What a file is read as: `line:cell|cell` for rows, `line!reason` for what is refused.
    fn read(bytes: impl AsRef<[u8]>) -> String {
        match Table::read(bytes.as_ref(), &NEEDED) {
            Err(error) => format!("error: {error}"),
            Ok(table) => {
                let rows = table.rows.iter();
                let rows = rows.map(|row| format!("{}:{}", row.line, row.cells.join("|")));
                let refused = table.refused.iter();
                let refused = refused.map(|row| format!("{}!{}", row.line, row.reason));
                rows.chain(refused).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn cells_stay_in_their_columns() {
        for (text, rows) in [
            ("id,date\n1,2\n3,4\n", "2:1|2 3:3|4"),
            ("id,date\n1,2", "2:1|2"),
            ("id,date\r\n1,2\r\n3,4\r\n", "2:1|2 3:3|4"),
            ("id,date\r1,2\r3,4\r", "2:1|2 3:3|4"),
            ("\u{feff}id,date\n1,2\n", "2:1|2"),
            ("\u{feff}\"id\",\"date\"\n\"1\",\"2\"\n", "2:1|2"),
            // An empty cell is empty.
            ("id,note,date\n1,,2\n", "2:1||2"),
            ("id,note,date\n,,\n", "2:||"),
            ("id,date,\n1,2,\n", "2:1|2|"),
            ("id;date\n1;2,5\n", "2:1|2,5"),
            ("id\tdate\n1\t2\n", "2:1|2"),
            ("id\tnote\tdate\n1\t\t2\n", "2:1||2"),
            // Blanks around a cell are no part of it; other white space is.
            ("id, date\n1, 2 \n", "2:1|2"),
            ("id,date\n1\u{a0},2\u{3000}\n", "2:1\u{a0}|2\u{3000}"),
            ("id,name,date\n1,\"Smith, John\",2\n", "2:1|Smith, John|2"),
            ("id,name,date\n1,\"5\"\" x\",2\n", "2:1|5\" x|2"),
            ("id,name,date\n1,5\" x,2\n", "2:1|5\" x|2"),
            // A line break in quotes belongs to the cell.
            ("id,name,date\n1,\"a\nb\",2\n3,c,4\n", "2:1|a\nb|2 4:3|c|4"),
            // Empty lines are no rows.
            ("\n\nid,date\n\n1,2\n\n\n3,4\n\n", "5:1|2 8:3|4"),
            ("id,date\r\n\r\n1,2\r\n  \r\n3,4", "3:1|2 5:3|4"),
            ("date,other,id\n2,x,1\n", "2:2|x|1"),
        ] {
            assert_eq!(read(text), rows, "{text:?}");
        }
    }

    #[test]
    fn columns_of_blanks() {
        for (text, rows) in [
            (
                " id  date\r\n 00001 19970101\r\n 2    3\r\n",
                "2:00001|19970101 3:2|3",
            ),
            ("id date\n1 2\n\n  \n3 4", "2:1|2 5:3|4"),
            (
                "id date\n1 2 3\n",
                "2!3 cells, where the first line names 2 columns",
            ),
            (
                "id date\n1\n",
                "2!1 cells, where the first line names 2 columns",
            ),
            (
                "id date\n1,2\n",
                "2!1 cells, where the first line names 2 columns",
            ),
            (
                "id date\n1\t2\n",
                "2!1 cells, where the first line names 2 columns",
            ),
            (
                "id date\n\"1 2\" 3\n",
                "2!3 cells, where the first line names 2 columns",
            ),
        ] {
            assert_eq!(read(text), rows, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_line() {
        for (text, rows) in [
            (
                "id,date\n1\n2,3\n",
                "3:2|3 2!1 cells, where the first line names 2 columns",
            ),
            (
                "id,date\n1,2,\n",
                "2!3 cells, where the first line names 2 columns",
            ),
            (
                "id,date\n1;2\n",
                "2!1 cells, where the first line names 2 columns",
            ),
            (
                "id,note,date\n1,\"a,2\n3,b,4\n",
                "2!a quote is not closed, so what follows it is not read",
            ),
            (
                "id,date,note\n1,2,\"a\n3,4,\"b\"\n",
                "2!text after a closing quote; is one before it missing?",
            ),
            (
                "id,date\n1,\"2\"x\n3,4\n",
                "3:3|4 2!text after a closing quote; is one before it missing?",
            ),
        ] {
            assert_eq!(read(text), rows, "{text:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_table_is_none() {
        let missing = "error: the first line names no column `date`; it names";
        for (bytes, error) in [
            (&b""[..], "error: the file is empty"),
            (b"\xef\xbb\xbf", "error: the file is empty"),
            (b"\r\n\r\n", "error: the file is empty"),
            (b"id\n1\n", missing),
            (
                b"1,2\n3,4\n",
                "error: the first line names no column `id`; it names",
            ),
            (
                b"id|date\n1|2\n",
                "error: the first line names no column `id`; it names",
            ),
            (
                b"id,date,id\n1,2,3\n",
                "error: the first line names `id` more than once",
            ),
            (b"\xff\xfei\0d\0,\0", "error: the file is UTF-16 or UTF-32"),
            (b"\xfe\xff\0i\0d", "error: the file is UTF-16 or UTF-32"),
            (b"i\0d\0,\0", "error: the file is UTF-16 or UTF-32"),
            (b"PK\x03\x04\x14\0\x06\0", "error: the file is a workbook"),
            (b"\x1f\x8b\x08\0", "error: the file is a workbook"),
            (b"id,date\n1,2\n\xe4,4\n", "error: line 3 is not UTF-8"),
            (
                b"\"id,date\n1,2\n",
                "error: the first line: a quote is not closed",
            ),
        ] {
            let read = read(bytes);
            assert!(read.starts_with(error), "{bytes:?}: {read}");
        }
        assert_eq!(read("id,date\n"), "");
        assert_eq!(read("id,note,note,date\n1,a,b,2\n"), "2:1|a|b|2");
    }
}
