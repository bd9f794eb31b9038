//! How an app tests what it tells HubSpot: `cargo test -p timeline-examples --example testing`.
//!
//! `app.rs` is the app. The tests, in this file, run it against a HubSpot in their own process: a real HTTP server with the
//! app's templates, which refuses what HubSpot refuses, and fails when it is told to. No test waits, since client and sandbox
//! share a clock that jumps.
//!
//! In a package of your own it is the feature `sandbox` of `timeline-core`, under `[dev-dependencies]`.
//! `cargo run --example testing` lets the app run once, and prints what is on the timelines then.

mod app;

use std::error::Error;
use std::sync::Arc;

use jiff::Timestamp;
use timeline_core::{Sandbox, TemplateFile, TestClock};

use crate::app::{Attendee, Rating, Webinar};

/// HubSpot's own list of the app's templates: `timeline pull --output templates.json` writes it.
const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testing/templates.json");

/// A HubSpot that has the templates of the real one. `sandbox.register::<WebinarAttended>()` would take those of the code, which
/// always fit.
async fn hubspot() -> Result<Sandbox, Box<dyn Error>> {
    let clock = Arc::new(TestClock::new());
    let sandbox = Sandbox::builder().clock(clock).start().await?;
    for template in TemplateFile::read(TEMPLATES)?.templates() {
        sandbox.add_template(template.clone());
    }
    Ok(sandbox)
}

fn webinar(addresses: &[&str]) -> Result<Webinar, jiff::Error> {
    let joined: Timestamp = "2026-08-01T12:00:00Z".parse()?;
    let ratings = [
        Some(Rating::Great),
        Some(Rating::Good),
        Some(Rating::Poor),
        None,
    ];
    let attendees = addresses.iter().zip(ratings.into_iter().cycle());
    let attendees = attendees.map(|(address, rating)| Attendee {
        address: (*address).to_owned(),
        joined,
        minutes: 45,
        rating,
    });
    Ok(Webinar {
        number: 17,
        title: "Timelines".to_owned(),
        attendees: attendees.collect(),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    TemplateFile::read(TEMPLATES)?.check(&app::templates())?;
    let hubspot = hubspot().await?;
    let webinar = webinar(&["ada@example.com", "no address", "grace@example.com", "none"])?;
    println!("{:?}\n", app::tell(&hubspot.client(), &webinar).await);
    for event in hubspot.events() {
        println!("{}", serde_json::to_string_pretty(&event)?);
    }
    println!("\nThe tests: cargo test -p timeline-examples --example testing");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use timeline_core::{Fault, RetryPolicy};

    use super::*;
    use crate::app::{Told, tell, templates};

    type Tested = Result<(), Box<dyn Error>>;

    /// The result if this many events were told, and nothing was refused or left for later.
    fn told(count: usize) -> Told {
        Told {
            count,
            ..Told::default()
        }
    }

    // What is on the timelines.

    #[tokio::test]
    async fn who_attended_has_it_on_the_timeline() -> Tested {
        let hubspot = hubspot().await?;
        let webinar = webinar(&["ada@example.com"])?;

        assert_eq!(tell(&hubspot.client(), &webinar).await, told(1));

        let event = &hubspot.events()[0];
        assert_eq!(event.email.as_deref(), Some("ada@example.com"));
        assert_eq!(event.timestamp, Some(1_785_585_600_000));
        assert_eq!(event.tokens["title"], "Timelines");
        assert_eq!(event.tokens["minutes"], "45");
        assert_eq!(event.tokens["rating"], "great");
        Ok(())
    }

    #[tokio::test]
    async fn who_left_early_is_not_told() -> Tested {
        let hubspot = hubspot().await?;
        let mut webinar = webinar(&["ada@example.com", "grace@example.com"])?;
        webinar.attendees[0].minutes = 9;

        assert_eq!(tell(&hubspot.client(), &webinar).await, told(1));

        assert_eq!(
            hubspot.events()[0].email.as_deref(),
            Some("grace@example.com")
        );
        Ok(())
    }

    // What HubSpot refuses, and what fails.

    #[tokio::test]
    async fn addresses_that_hubspot_refuses_are_told_apart() -> Tested {
        let hubspot = hubspot().await?;
        let webinar = webinar(&["ada@example.com", "no address", "grace@example.com", "none"])?;

        let told = tell(&hubspot.client(), &webinar).await;

        assert_eq!(
            (told.count, told.refused),
            (2, vec!["no address".to_owned(), "none".to_owned()])
        );
        assert_eq!(hubspot.event_count(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn an_answer_that_is_lost_doubles_nothing() -> Tested {
        let hubspot = hubspot().await?;
        hubspot.inject(Fault::cut_after()); // the events are stored, and the connection breaks
        let webinar = webinar(&["ada@example.com", "grace@example.com"])?;

        assert_eq!(tell(&hubspot.client(), &webinar).await, told(2));

        let events = hubspot.events();
        assert_eq!(events.len(), 2);
        assert!(
            events.iter().all(|event| event.sent == 2),
            "both were sent again"
        );
        Ok(())
    }

    #[tokio::test]
    async fn a_job_that_starts_over_doubles_nothing() -> Tested {
        let hubspot = hubspot().await?;
        let begun = webinar(&["ada@example.com"])?;
        assert_eq!(tell(&hubspot.client(), &begun).await, told(1));

        let webinar = webinar(&["ada@example.com", "grace@example.com"])?;
        assert_eq!(tell(&hubspot.client(), &webinar).await, told(2));

        assert_eq!(hubspot.event_count(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn an_outage_of_a_minute_is_waited_for() -> Tested {
        let hubspot = hubspot().await?;
        hubspot.inject(Fault::status(503).lasting(Duration::from_secs(60)));
        let begun = hubspot.clock().elapsed();

        let webinar = webinar(&["ada@example.com"])?;
        assert_eq!(tell(&hubspot.client(), &webinar).await, told(1));

        assert!(hubspot.clock().elapsed() - begun >= Duration::from_secs(60));
        Ok(())
    }

    #[tokio::test]
    async fn what_could_not_be_told_is_told_later() -> Tested {
        let hubspot = hubspot().await?;
        hubspot.inject(Fault::missing_scopes(["timeline"]).forever());
        let addresses = ["ada@example.com", "grace@example.com"];
        let webinar = webinar(&addresses)?;
        let client = hubspot
            .client_builder()
            .retry(RetryPolicy::none())
            .build()?;

        let told = tell(&client, &webinar).await;

        assert_eq!(
            (told.count, told.later),
            (0, addresses.map(str::to_owned).to_vec())
        );
        Ok(())
    }

    // Whether the code and HubSpot agree.

    #[test]
    fn the_code_matches_the_templates_in_hubspot() -> Tested {
        TemplateFile::read(TEMPLATES)?.check(&templates())?;
        Ok(())
    }

    #[test]
    fn a_difference_reads_like_a_diff() -> Tested {
        let other = std::fs::read_to_string(TEMPLATES)?;
        let other = other.replace(r#""name": "minutes""#, r#""name": "duration""#);

        let checked = TemplateFile::from_json(&other)?.check(&templates());

        let words = checked.err().ok_or("they match")?.to_string();
        let lines: Vec<&str> = words.lines().collect();
        assert_eq!(
            lines,
            [
                "1 template of the code differs from the file:",
                r#"~ "Webinar attended""#,
                r#"    + token minutes (number), labelled "Minutes""#,
            ]
        );
        Ok(())
    }
}
