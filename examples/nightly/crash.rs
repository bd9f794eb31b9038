//! Not to be copied: the example, killed in the middle of a night, and in nights in which HubSpot fails.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use timeline_core::{Fault, Sandbox, TemplateFile, TimelineEvent};

const ORDERS: i64 = 5_000;
/// Every 997th has an address that is refused.
const REFUSED: [i64; 5] = [997, 1_994, 2_991, 3_988, 4_985];

struct Shop {
    sandbox: Sandbox,
    folder: PathBuf,
}

impl Shop {
    async fn open(name: &str) -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let file = TemplateFile::from_json(include_str!("../timeline.json")).unwrap();
        for template in file.templates() {
            sandbox.add_template(template.clone());
        }
        let folder = env::temp_dir().join(format!("nightly-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Shop { sandbox, folder }
    }

    fn night(&self, arguments: &[&str]) -> Command {
        // Examples are built beside the tests.
        let test = env::current_exe().unwrap();
        let program = test.ancestors().nth(2).unwrap().join("examples/nightly");
        assert!(
            program.exists(),
            "first `cargo build --workspace --examples`: {}",
            program.display()
        );
        let mut command = Command::new(program);
        command
            .args([
                "--base-url",
                self.sandbox.base_url(),
                "--portal-id",
                "62515",
                "--rate-limit",
                "0",
                "--database",
            ])
            .arg(self.database())
            .args(["--orders", &ORDERS.to_string()])
            .args(arguments)
            .env_remove("HUBSPOT_ACCESS_TOKEN");
        command
    }

    /// The request with this order hangs while those behind it go on, so the outcomes have a gap.
    fn hang_at_order_1500(&self) {
        let order = Order {
            customer: "customer-503@example.com",
            number: 1_500,
        };
        let id = self.sandbox.client().event_id(&order).unwrap();
        self.sandbox
            .inject(Fault::stall_before().with_event(id).forever());
    }

    fn database(&self) -> PathBuf {
        self.folder.join("orders.db")
    }

    fn mark(&self) -> i64 {
        one(&self.database(), "SELECT max(row) FROM nightly_mark")
    }

    fn again(&self) -> i64 {
        one(&self.database(), "SELECT count(*) FROM nightly_again")
    }

    fn refused(&self) -> Vec<i64> {
        let connection = Connection::open(self.database()).unwrap();
        let sql =
            "SELECT row FROM nightly_refused WHERE reason LIKE '%HubSpot refused it%' ORDER BY row";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// The orders that HubSpot does not have, of those that it does not refuse.
    fn missing(&self) -> BTreeSet<i64> {
        let events = self.sandbox.events();
        let there: BTreeSet<i64> = events
            .iter()
            .map(|event| event.tokens["order"].parse().unwrap())
            .collect();
        assert_eq!(there.len(), events.len(), "an order is there twice");
        (1..=ORDERS)
            .filter(|row| !there.contains(row) && !REFUSED.contains(row))
            .collect()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// What the id of an order's event follows from.
#[derive(TimelineEvent)]
#[timeline(template = "Order paid", manifest = "timeline.json")]
struct Order {
    #[timeline(email)]
    customer: &'static str,
    #[timeline(key, token = "order")]
    number: i64,
}

/// A number in the database; 0 as long as there is none.
fn one(database: &Path, sql: &str) -> i64 {
    let connection = Connection::open(database).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0)
}

/// Is killed if the test fails.
struct Running(Child);

impl Running {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(mut command: Command) -> Running {
    Running(command.stdout(Stdio::null()).spawn().unwrap())
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn what_is_killed_in_the_middle_goes_on_at_its_mark() {
    let shop = Shop::open("killed").await;
    shop.hang_at_order_1500();
    let mut night = start(shop.night(&[]));
    let rest = ORDERS - i64::try_from(REFUSED.len()).unwrap() - 100;
    until("all but the request that hangs", || {
        i64::try_from(shop.sandbox.event_count()).unwrap() >= rest
    });
    let gap = || *shop.missing().first().unwrap();
    until("the mark", || shop.mark() == gap() - 1);
    until("the rows behind it", || {
        shop.refused().last() == REFUSED.last()
    });
    let mark = shop.mark();
    assert!((1_000..1_500).contains(&mark), "{mark}");
    night.kill();
    let gap = gap();
    assert_eq!(
        shop.mark(),
        gap - 1,
        "not beyond the first row that is not there"
    );

    shop.sandbox.clear_faults();
    let requests = shop.sandbox.requests();
    let output = shop.night(&[]).output().unwrap();
    let text = text(&output);
    assert!(
        text.starts_with(&format!("orders after row {}\n", gap - 1)),
        "{text}"
    );
    assert_eq!(shop.missing(), BTreeSet::new());
    assert_eq!(shop.refused(), REFUSED);
    assert_eq!((shop.mark(), shop.again()), (ORDERS, 0));
    // A refused row is searched for among the hundred rows of its request, most of which are there already.
    let refused = REFUSED.iter().filter(|row| **row > gap).count();
    let needed = usize::try_from(ORDERS - gap).unwrap() / 100 + 15 * refused + 2;
    let requests = usize::try_from(shop.sandbox.requests() - requests).unwrap();
    assert!(
        requests <= needed,
        "{requests} requests for what was left, {needed} expected"
    );

    let output = shop.night(&[]).output().unwrap();
    assert!(output.status.success(), "nothing new is no failure");
}

#[tokio::test]
async fn what_is_not_known_is_tried_again_and_an_outage_ends_the_night() {
    let shop = Shop::open("outage").await;
    shop.sandbox.inject(Fault::status(500).after(10).forever());
    let output = shop.night(&["--patience", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("the rest waits for the next night"),
        "{}",
        text(&output)
    );
    let (mark, again) = (shop.mark(), shop.again());
    assert!(mark < ORDERS && again > 0, "{mark} {again}");
    // A row that is neither on HubSpot nor written down is above the mark.
    let missing = shop.missing();
    let below = missing.iter().filter(|row| **row <= mark).count();
    assert!(
        below <= usize::try_from(again).unwrap(),
        "{below} rows below {mark}, {again} of them to try again"
    );

    shop.sandbox.clear_faults();
    let output = shop.night(&[]).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "some were refused: {}",
        text(&output)
    );
    assert_eq!(shop.missing(), BTreeSet::new());
    assert_eq!((shop.mark(), shop.again()), (ORDERS, 0));
    assert_eq!(shop.refused(), REFUSED);
}

#[tokio::test]
async fn without_credentials_nothing_is_marked() {
    let shop = Shop::open("credentials").await;
    let output = shop.night(&["--access-token", "wrong"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("the access token was refused (401)"),
        "{}",
        text(&output)
    );
    assert_eq!((shop.mark(), shop.again()), (0, 0));
    assert_eq!(
        shop.missing().len(),
        usize::try_from(ORDERS).unwrap() - REFUSED.len()
    );
}

#[tokio::test]
async fn rows_that_cannot_be_read_hold_up_nothing() {
    let shop = Shop::open("unreadable").await;
    shop.night(&["--access-token", "wrong"]).output().unwrap();
    let connection = Connection::open(shop.database()).unwrap();
    for sql in [
        "UPDATE orders SET customer = NULL WHERE id IN (3, 700)",
        "UPDATE orders SET paid_at = -1 WHERE id = 4000",
    ] {
        connection.execute(sql, []).unwrap();
    }
    drop(connection);
    let output = shop.night(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "some are refused");
    assert_eq!(shop.missing(), BTreeSet::from([3, 700, 4_000]));
    assert_eq!((shop.mark(), shop.again()), (ORDERS, 0));
    for (count, reason) in [
        (2, "it cannot be read%customer%"),
        (1, "it was paid before 1970%"),
    ] {
        let sql = format!("SELECT count(*) FROM nightly_refused WHERE reason LIKE '%{reason}'");
        assert_eq!(one(&shop.database(), &sql), count, "{reason}");
    }
}

/// The same as through v3. Rows beyond the mark that are settled are not sent again: that would cost a request for
/// each.
#[tokio::test]
async fn app_events_go_on_at_the_rows_that_are_open() {
    let shop = Shop::open("app-events").await;
    let project = ["--project", "shop"];
    // The project is not uploaded yet: no row is skipped, and none is refused.
    let output = shop.night(&project).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(
        said.contains("the project \"shop\" has no event type"),
        "{said}"
    );
    assert_eq!((shop.mark(), shop.again(), shop.refused()), (0, 0, vec![]));
    let file = TemplateFile::from_json(include_str!("../timeline.json")).unwrap();
    for template in file.templates() {
        let definition = template.to_definition("order_paid").unwrap();
        shop.sandbox.add_definition("shop", definition);
    }
    shop.hang_at_order_1500();
    let mut night = start(shop.night(&project));
    let settled = || one(&shop.database(), "SELECT count(*) FROM nightly_done");
    // Another batch or two may be split for their bad rows and wait for the one that hangs.
    until("the rows behind it", || settled() > ORDERS - 1_500 - 1_100);
    night.kill();
    let (mark, settled) = (shop.mark(), settled());
    assert!(mark < 1_500, "{mark}");

    shop.sandbox.clear_faults();
    let requests = shop.sandbox.requests();
    let output = shop.night(&project).output().unwrap();
    assert_eq!(shop.missing(), BTreeSet::new(), "{}", text(&output));
    assert_eq!(shop.refused(), REFUSED);
    assert_eq!((shop.mark(), shop.again()), (ORDERS, 0));
    assert_eq!(
        one(&shop.database(), "SELECT count(*) FROM nightly_done"),
        0
    );
    let requests = i64::try_from(shop.sandbox.requests() - requests).unwrap();
    let open = ORDERS - mark - settled;
    assert!(
        requests <= 2 * open + 20,
        "{requests} requests for {open} rows"
    );
}

/// A trial is for made-up orders, and a database that is not there is not made for HubSpot.
#[tokio::test]
async fn real_orders_are_not_for_a_trial_and_made_up_ones_not_for_hubspot() {
    let shop = Shop::open("trial").await;
    let program = |arguments: &[&str]| {
        let night = shop.night(&[]);
        let mut command = Command::new(night.get_program());
        let database = shop.database();
        command.args(["--database", database.to_str().unwrap()]);
        let output = command.args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let there = [
        "--base-url",
        shop.sandbox.base_url(),
        "--portal-id",
        "62515",
    ];
    let (code, said) = program(&there);
    assert_eq!(code, Some(1), "{said}");
    assert!(!shop.database().exists());
    let (code, said) = program(&there[..2]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--portal-id"), "{said}");

    let connection = Connection::open(shop.database()).unwrap();
    let sql = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer, paid_at, amount)";
    connection.execute(sql, []).unwrap();
    let (code, said) = program(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a trial would mark them as done"), "{said}");
    assert_eq!(shop.sandbox.event_count(), 0);
}
