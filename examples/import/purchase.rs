//! A purchase, made of a row whose cells were all read to their end.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use timeline_core::TimelineEvent;

use crate::table::{Refused, Row, Table};

/// The columns that a purchase is made of.
pub(crate) const COLUMNS: [&str; 4] = ["customer_id", "date", "number_of_cds", "dollar_value"];

#[derive(Debug, TimelineEvent)]
#[timeline(template = "CDs bought", rename_all = "camelCase")]
pub(crate) struct Purchase {
    /// What tells the row from others, in any place and any file.
    #[timeline(key)]
    row: String,
    /// The number of this row among those of the file that are equal to it.
    #[timeline(key)]
    occurrence: u32,
    /// Where the row begins in the file.
    #[timeline(skip)]
    pub(crate) line: usize,
    #[timeline(email)]
    customer: String,
    /// At midnight, UTC.
    #[timeline(timestamp)]
    date: Date,
    #[timeline(label = "Number of CDs")]
    number_of_cds: u32,
    dollar_value: f64,
}

/// The purchases of a file, and the rows that are none.
///
/// A purchase is the same one when it comes again, in this file or another, if its cells in the `key` columns are
/// equal. Without such columns all cells count, in whatever order the columns come, and of rows that are equal in all
/// of them the second is another purchase, and so on: two equal purchases on one day are two. It is their number in the
/// file that tells them apart, so the same file can be imported again, and a later one that has all rows of the first.
/// In a file with *only* the new rows, a row that equals an old one counts as the old one: then name the key.
pub(crate) fn read(bytes: &[u8], key: &[String]) -> Result<(Vec<Purchase>, Vec<Refused>), String> {
    let key: Vec<String> = key.iter().map(|name| name.trim().to_owned()).collect();
    let mut needed = COLUMNS.to_vec();
    for name in &key {
        if !needed.contains(&name.as_str()) {
            needed.push(name);
        }
    }
    let mut table = Table::read(bytes, &needed)?;
    let mut refused = std::mem::take(&mut table.refused);
    let mut purchases = Vec::new();
    let mut seen = HashMap::new();
    for row in &table.rows {
        match purchase(&table, row, &key) {
            Ok(mut purchase) => {
                if key.is_empty() {
                    let seen = seen.entry(purchase.row.clone()).or_insert(0);
                    *seen += 1;
                    purchase.occurrence = *seen;
                }
                purchases.push(purchase);
            }
            Err(reason) => refused.push(Refused {
                line: row.line,
                reason,
            }),
        }
    }
    refused.sort_by_key(|row| row.line);
    if purchases.is_empty() && refused.is_empty() {
        return Err("the file has no rows".to_owned());
    }
    Ok((purchases, refused))
}

fn purchase(table: &Table, row: &Row, key: &[String]) -> Result<Purchase, String> {
    let cell = |name: &str| {
        let place = table.column(name);
        let cell = place.and_then(|place| row.cells.get(place));
        cell.map(String::as_str).unwrap_or_default()
    };
    let within = |name: &'static str| {
        move |expected: &str| {
            let cell: String = cell(name).chars().take(40).collect();
            format!("column {name}: {cell:?} is not {expected}")
        }
    };
    let customer_id = customer_id(cell("customer_id")).map_err(within("customer_id"))?;
    let date = date(cell("date")).map_err(within("date"))?;
    let number_of_cds = whole_number(cell("number_of_cds")).map_err(within("number_of_cds"))?;
    let dollar_value =
        amount(cell("dollar_value"), table.has_semicolons).map_err(within("dollar_value"))?;

    // Equal values are equal however they are written.
    let known = BTreeMap::from([
        ("date", date.to_string()),
        ("number_of_cds", number_of_cds.to_string()),
        ("dollar_value", dollar_value.to_string()),
    ]);
    let mut cells: Vec<(&str, &str)> = Vec::new();
    for (name, cell) in table.columns.iter().zip(&row.cells) {
        let cell = known.get(name.as_str()).unwrap_or(cell);
        if key.contains(name) && cell.is_empty() {
            return Err(format!("column {name}: it is empty, and part of the key"));
        }
        if key.contains(name) || (key.is_empty() && !cell.is_empty()) {
            cells.push((name, cell));
        }
    }
    cells.sort_by_key(|(name, _)| *name);
    Ok(Purchase {
        row: serde_json::to_string(&cells).map_err(|error| error.to_string())?,
        occurrence: 1,
        line: row.line,
        customer: format!("customer-{customer_id}@cdnow.example"),
        date,
        number_of_cds,
        dollar_value,
    })
}

/// The customer's id, which becomes a part of an e-mail address.
fn customer_id(cell: &str) -> Result<&str, &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !cell.is_empty() && cell.len() <= 50 && cell.chars().all(is_plain) {
        Ok(cell)
    } else {
        Err("up to 50 letters, digits, `-` and `_`")
    }
}

fn date(cell: &str) -> Result<Date, &'static str> {
    let is_digits = |cell: &str| cell.bytes().all(|byte| byte.is_ascii_digit());
    let read = match cell.split('-').collect::<Vec<_>>()[..] {
        [date] if date.len() == 8 && is_digits(date) => Date::strptime("%Y%m%d", date),
        [year, month, day]
            if [year.len(), month.len(), day.len()] == [4, 2, 2]
                && [year, month, day].into_iter().all(is_digits) =>
        {
            Date::strptime("%Y-%m-%d", cell)
        }
        _ => return Err("a date such as 19970131 or 1997-01-31"),
    };
    read.map_err(|_| "a day of the calendar")
}

fn whole_number(cell: &str) -> Result<u32, &'static str> {
    let expected = "a whole number of digits alone, up to 4294967295";
    if !cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected);
    }
    cell.parse().map_err(|_| expected)
}

/// An amount of no more digits than are kept exactly. In a file with semicolons a point may stand between thousands.
fn amount(cell: &str, has_semicolons: bool) -> Result<f64, &'static str> {
    let expected = "an amount of up to 15 digits, such as 1234.50";
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, "0"));
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    if !is_digits(whole) || !is_digits(fraction) || digits > 15 {
        return Err(expected);
    }
    if has_semicolons && whole.len() <= 3 && fraction.len() == 3 {
        return Err(
            "an amount without doubt, as the point may stand between thousands: write 1234.00 or 1.23",
        );
    }
    cell.parse().map_err(|_| expected)
}

#[cfg(test)]
mod tests {
    use timeline_core::{EventInput, TimelineEvent};

    use super::{Purchase, read};

    const HEADER: &str = "customer_id,date,number_of_cds,dollar_value\n";

    fn purchases(text: &str, key: &[&str]) -> Vec<Purchase> {
        let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
        let (purchases, refused) = read(text.as_bytes(), &key).expect("a table");
        assert!(refused.is_empty(), "{refused:?}");
        purchases
    }

    /// What the ids of a file's purchases follow from.
    fn keys(text: &str, key: &[&str]) -> Vec<(String, u32)> {
        let purchases = purchases(text, key).into_iter();
        purchases.map(|it| (it.row, it.occurrence)).collect()
    }

    fn refusal(row: &str) -> String {
        let (purchases, refused) =
            read(format!("{HEADER}{row}\n").as_bytes(), &[]).expect("a table");
        match (&purchases[..], &refused[..]) {
            ([], [refused]) => format!("{}: {}", refused.line, refused.reason),
            other => panic!("{row}: {other:?}"),
        }
    }

    #[test]
    fn a_row_becomes_an_event() {
        let purchases = purchases(
            "customer_id,date,discount,number_of_cds,dollar_value,total\n1,19970101,5,2,30,32\n2,1997-01-02,,2,30.50,32\n",
            &[],
        );
        let told = |purchase: &Purchase| {
            let input: EventInput<'_> = purchase.event_input().expect("valid");
            let mut json = Vec::new();
            input.write_json(&mut json).expect("valid");
            String::from_utf8(json).expect("UTF-8")
        };
        let expected = [
            (
                "customer-1",
                "1997-01-01T00:00:00.000Z",
                r#""numberOfCds":"2","dollarValue":"30""#,
            ),
            (
                "customer-2",
                "1997-01-02T00:00:00.000Z",
                r#""numberOfCds":"2","dollarValue":"30.5""#,
            ),
        ];
        for (purchase, parts) in purchases.iter().zip(expected) {
            let json = told(purchase);
            let (customer, date, tokens) = parts;
            assert!(
                json.contains(&format!("{customer}@cdnow.example")),
                "{json}"
            );
            assert!(json.contains(date) && json.contains(tokens), "{json}");
        }
        assert_eq!(purchases.len(), 2);
    }

    #[test]
    fn a_cell_that_is_not_wholly_read_is_refused_with_its_line_and_column() {
        for (row, column) in [
            ("1\u{a0},19970101,1,11.77", "customer_id"),
            (",19970101,1,11.77", "customer_id"),
            ("a b,19970101,1,11.77", "customer_id"),
            (
                "123456789012345678901234567890123456789012345678901,19970101,1,11.77",
                "customer_id",
            ),
            ("1@x,19970101,1,11.77", "customer_id"),
            ("1,,1,11.77", "date"),
            ("1,19970230,1,11.77", "date"),
            ("1,19971301,1,11.77", "date"),
            ("1,970101,1,11.77", "date"),
            ("1,1997-1-1,1,11.77", "date"),
            ("1,01.02.1997,1,11.77", "date"),
            ("1,1997/01/02,1,11.77", "date"),
            ("1,1997-01-02T00:00:00Z,1,11.77", "date"),
            ("1,19970101x,1,11.77", "date"),
            ("1,199701011,1,11.77", "date"),
            ("1,1997-0101,1,11.77", "date"),
            ("1,+9970101,1,11.77", "date"),
            ("1,１９９７0101,1,11.77", "date"),
            ("1,19970101,,11.77", "number_of_cds"),
            ("1,19970101,1.0,11.77", "number_of_cds"),
            ("1,19970101,+5,11.77", "number_of_cds"),
            ("1,19970101,-0,11.77", "number_of_cds"),
            ("1,19970101,1 000,11.77", "number_of_cds"),
            ("1,19970101,4294967296,11.77", "number_of_cds"),
            ("1,19970101,1e3,11.77", "number_of_cds"),
            ("1,19970101,0x10,11.77", "number_of_cds"),
            ("1,19970101,1_0,11.77", "number_of_cds"),
            ("1,19970101,1,", "dollar_value"),
            ("1,19970101,1,1 234.50", "dollar_value"),
            ("1,19970101,1,1\u{a0}234.50", "dollar_value"),
            ("1,19970101,1,1\u{202f}234.50", "dollar_value"),
            ("1,19970101,1,\"1,234.50\"", "dollar_value"),
            ("1,19970101,1,\"11,77\"", "dollar_value"),
            ("1,19970101,1,1'234.50", "dollar_value"),
            ("1,19970101,1,$11.77", "dollar_value"),
            ("1,19970101,1,11.77 USD", "dollar_value"),
            ("1,19970101,1,1e3", "dollar_value"),
            ("1,19970101,1,NaN", "dollar_value"),
            ("1,19970101,1,inf", "dollar_value"),
            ("1,19970101,1,-0", "dollar_value"),
            ("1,19970101,1,-5", "dollar_value"),
            ("1,19970101,1,+5", "dollar_value"),
            ("1,19970101,1,.5", "dollar_value"),
            ("1,19970101,1,5.", "dollar_value"),
            ("1,19970101,1,1.2.3", "dollar_value"),
            ("1,19970101,1,1234567890123456", "dollar_value"),
            ("1,19970101,1,0.1234567890123456", "dollar_value"),
            ("1,19970101,1,١١", "dollar_value"),
        ] {
            let refusal = refusal(row);
            let expected = format!("2: column {column}: ");
            assert!(refusal.starts_with(&expected), "{row}: {refusal}");
        }
        // Where semicolons part the cells, a point between thousands is likely; after commas it is before the cents.
        let semicolons = |amount: &str| {
            let text = format!("{HEADER}1,19970101,1,{amount}\n").replace(',', ";");
            read(text.as_bytes(), &[]).expect("a table")
        };
        for amount in ["1.234", "12.345", "123.450"] {
            let (read, refused) = semicolons(amount);
            assert!(read.is_empty(), "{read:?}");
            assert!(
                refused[0].reason.contains("between thousands"),
                "{refused:?}"
            );
            let comma = format!("{HEADER}1,19970101,1,{amount}\n");
            assert_eq!(purchases(&comma, &[]).len(), 1);
        }
        for amount in ["1.2", "1.23", "1234.567", "1.2345"] {
            assert_eq!(semicolons(amount).0.len(), 1, "{amount}");
        }
        // The refused rows are in the file's order, whatever is wrong with them.
        let text = format!("{HEADER}1,0,1,1\n1\n1,0,1,1\n");
        let (_, refused) = read(text.as_bytes(), &[]).expect("a table");
        let lines: Vec<usize> = refused.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 3, 4]);
        // Invisible characters are shown.
        assert_eq!(
            refusal("1,19970101,1,1\u{202f}234.50"),
            "2: column dollar_value: \"1\\u{202f}234.50\" is not an amount of up to 15 digits, such as 1234.50"
        );
    }

    #[test]
    fn a_file_without_rows_is_a_mistake() {
        for text in [HEADER, "", "\u{feff}"] {
            assert!(read(text.as_bytes(), &[]).is_err(), "{text:?}");
        }
    }

    /// The key comes from what the row says.
    #[test]
    fn the_same_row_is_the_same_purchase_in_any_file() {
        let row = keys(&format!("{HEADER}1,19970101,1,11.50\n"), &[]);
        for text in [
            "customer_id,date,number_of_cds,dollar_value\r\n2,19970101,1,11.50\r\n1,1997-01-01,01,11.5\r\n",
            "dollar_value;number_of_cds;date;customer_id;note\n11.5;1;19970101;1;\n",
            " customer_id  date number_of_cds  dollar_value\n 1 19970101  1   11.50\n",
        ] {
            assert!(keys(text, &[]).contains(&row[0]), "{text}");
        }
        for other in [
            "2,19970101,1,11.50",
            "1,19970102,1,11.50",
            "1,19970101,2,11.50",
            "1,19970101,1,11.51",
        ] {
            assert!(
                !keys(&format!("{HEADER}{other}\n"), &[]).contains(&row[0]),
                "{other}"
            );
        }
        let with_order = |order: &str| format!("order,{HEADER}{order},1,19970101,1,11.50\n");
        assert_ne!(keys(&with_order("7"), &[]), keys(&with_order("8"), &[]));
    }

    #[test]
    fn equal_rows_are_purchases_of_their_own() {
        let text = format!("{HEADER}1,19970101,1,11.50\n2,19970101,1,9\n1,19970101,1,11.5\n");
        let once = keys(&text, &[]);
        assert_eq!(
            once.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
            [1, 1, 2]
        );
        assert_eq!(once[0].0, once[2].0);
        // Tomorrow's file has the rows of today, and one more of the same.
        let tomorrow = keys(&format!("{text}1,19970101,1,11.50\n"), &[]);
        assert_eq!(tomorrow[..3], once);
        assert_eq!(tomorrow[3], (once[0].0.clone(), 3));
    }

    #[test]
    fn named_columns_are_the_key() {
        let text = format!("order,line,{HEADER}7,1,1,19970101,1,11.50\n7,2,1,19970101,1,11.50\n");
        let by_both = keys(&text, &["line", "order"]);
        assert_eq!(by_both, keys(&text, &["order", "line"]));
        assert_eq!(by_both, keys(&text, &["order", " line"]));
        assert_eq!(by_both[0].0, r#"[["line","1"],["order","7"]]"#);
        assert_ne!(by_both[0], by_both[1]);
        // With the order alone as the key, its two rows are one purchase.
        let by_order = keys(&text, &["order"]);
        assert_eq!(by_order[0], by_order[1]);
        let price = text.replace("11.50", "12.00");
        assert_eq!(keys(&price, &["order", "line"]), by_both);

        let error = read(text.as_bytes(), &["row".to_owned()]).expect_err("no such column");
        assert!(error.contains("names no column `row`"), "{error}");
        let empty = text.replace("7,2,", ",2,");
        let (_, refused) = read(empty.as_bytes(), &["order".to_owned()]).expect("a table");
        assert_eq!(refused.len(), 1);
        assert_eq!(
            (refused[0].line, &*refused[0].reason),
            (3, "column order: it is empty, and part of the key")
        );
    }
}
