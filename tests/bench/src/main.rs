//! The programs in Rust that `side_by_side.sh` compares, each a process of its own, and the bare server:
//!
//! ```text
//! timeline-bench --serve [bad|lost|unavailable]
//! timeline-bench WAY URL EVENTS speed|tell|tell-bad
//! timeline-bench pace SECONDS
//! ```
//!
//! `WAY` is what sends: `batch`, `stream`, `sender`, `outbox`, `usual`, `lean`, or `none`, which only makes the events. The
//! program prints `ready`, waits for a line, sends the events, prints as JSON what it then knows of them, and ends with
//! its input. With `speed` the outcomes are only counted, and a tenth as many events are sent before `ready`. With
//! `tell-bad` one event in a hundred is bad.

#[path = "../../benches/support/mod.rs"]
mod support;

mod hand;
mod ours;
mod pace;
mod told;

use std::env;
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::Range;

use support::Result;
use support::events::Adopted;
use support::server::is_served;
use told::Told;

/// Events to send, by their numbers.
#[derive(Clone)]
struct Job {
    numbers: Range<usize>,
    /// Every event's outcome is kept; else outcomes are counted.
    tells: bool,
    one_in_100_is_bad: bool,
}

impl Job {
    fn event(&self, number: usize) -> Adopted {
        let mut event = Adopted::new(number);
        if self.one_in_100_is_bad && number % 100 == 37 {
            event.kind = "fish".to_owned();
        }
        event
    }

    /// The events one by one, as they come from a database's cursor.
    fn events(&self) -> impl Iterator<Item = Adopted> + Send + use<> {
        let job = self.clone();
        self.numbers.clone().map(move |number| job.event(number))
    }
}

/// A way to send. It is made once, and its connections are open after the warm-up.
enum Way {
    Ours(ours::Way),
    ByHand(hand::Way),
    None,
}

impl Way {
    async fn new(name: &str, url: &str) -> Result<Self> {
        Ok(match name {
            "none" => Way::None,
            "usual" | "lean" => Way::ByHand(hand::Way::new(url, name == "lean")),
            _ => Way::Ours(ours::Way::new(name, url).await?),
        })
    }

    async fn send(&self, job: &Job) -> Result<Told> {
        match self {
            Way::Ours(way) => way.send(job).await,
            Way::ByHand(way) => Ok(way.send(job).await),
            Way::None => {
                for event in job.events() {
                    drop(black_box(event));
                }
                Ok(Told::default())
            }
        }
    }
}

async fn run(way: &str, url: &str, count: usize, purpose: &str) -> Result<()> {
    let way = Way::new(way, url).await?;
    let mut job = Job {
        numbers: count..count + count / 10,
        tells: purpose != "speed",
        one_in_100_is_bad: purpose == "tell-bad",
    };
    if !job.tells {
        way.send(&job).await?;
    }
    job.numbers = 0..count;
    println!("ready");
    io::stdin().read_line(&mut String::new())?;
    let told = way.send(&job).await?;
    println!("{}", told.json());
    io::stdout().flush()?;
    // Meanwhile the memory of this process is read.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    if is_served()? {
        return Ok(());
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &*arguments {
        [pace, seconds] if pace == "pace" => pace::run(seconds.parse()?).await,
        [way, url, count, purpose] => run(way, url, count.parse()?, purpose).await,
        _ => Err("expected WAY URL EVENTS speed|tell|tell-bad".into()),
    }
}
