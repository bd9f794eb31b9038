//! What a program asks HubSpot when it starts.

use std::error::Error as StdError;

use timeline_core::sandbox::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, Fault, Route, Sandbox};
use timeline_core::{
    Api, Client, ClientBuilder, Error, ErrorKind, EventTemplate, EventTypes, InvalidEvent, OAuth,
    ObjectType, SendBatch, TimelineEvent, blocking,
};

use super::{builder, sandbox};

/// What happens in a shop; each with a name that the project may have.
#[derive(TimelineEvent)]
enum Happened {
    #[timeline(template_id = "1001298", type_name = "ordered")]
    Ordered {
        #[timeline(email)]
        customer: String,
    },
    #[timeline(template_id = "1001299", type_name = "returned")]
    Returned {
        #[timeline(email)]
        customer: String,
    },
    #[timeline(template_id = "1001300", type_name = "returned")]
    ReturnedByPost {
        #[timeline(email)]
        customer: String,
    },
}

#[derive(TimelineEvent)]
#[timeline(template_id = "1001298", type_name = "ordered")]
struct Keyed {
    #[timeline(email)]
    customer: String,
    #[timeline(key)]
    order: u64,
}

async fn with_types(symbols: &[&str]) -> Sandbox {
    let sandbox = sandbox().await;
    for symbol in symbols {
        let full = format!("a0001_{symbol}");
        sandbox.add_event_type(&full, EventTemplate::new(*symbol, ObjectType::Contacts));
        sandbox.add_project_type("shop", symbol, &full);
    }
    sandbox
}

fn oauth(builder: ClientBuilder, refresh_token: &str) -> ClientBuilder {
    builder.oauth(OAuth::new(CLIENT_ID, CLIENT_SECRET, refresh_token))
}

#[tokio::test]
async fn every_type_that_the_project_lacks_is_named() {
    for (symbols, lacking, created, requests) in [
        (&["ordered", "returned"][..], &[][..], 3, 1),
        (&["ordered"], &["returned"], 1, 1),
        (&[], &["ordered", "returned"], 0, 0),
    ] {
        let sandbox = with_types(symbols).await;
        let client = builder(&sandbox).project("shop").build();
        let client = client.expect("good settings");
        let verified = client.verify::<Happened>().await;
        assert_eq!(verified.is_ok(), lacking.is_empty(), "{symbols:?}");
        if let Err(error) = &verified {
            assert_eq!(error.kind(), ErrorKind::InvalidEvent);
            let source = error.source().expect("what is lacking");
            assert!(source.is::<InvalidEvent>());
            for name in lacking {
                let text = format!("\"shop\" has no event type \"{name}\"");
                assert_eq!(error.to_string().matches(&text).count(), 1, "{error}");
            }
        }
        // Each name is asked for only once, although the first event needs it as well.
        assert_eq!(sandbox.requests(), 2);
        let customer = "ada@example.com".to_owned();
        let events = [
            Happened::Ordered {
                customer: customer.clone(),
            },
            Happened::Returned {
                customer: customer.clone(),
            },
            Happened::ReturnedByPost { customer },
        ];
        let sent = events.iter().send_batch(&client).report().await;
        assert_eq!(sent.created(), created, "{sent}");
        assert_eq!(sandbox.requests(), 2 + requests);
    }
}

/// What is missing for certain is told, although HubSpot does not answer for another type.
#[tokio::test]
async fn what_is_missing_is_told_although_a_lookup_fails() {
    for failed_lookup in 0..2 {
        let sandbox = with_types(&[]).await;
        sandbox.inject(Fault::status(503).on(Route::Templates).after(failed_lookup));
        let client = builder(&sandbox).project("shop").build();
        let client = client.expect("good settings");
        let error = client
            .verify::<Happened>()
            .await
            .expect_err("both are missing");
        assert_eq!(error.kind(), ErrorKind::InvalidEvent, "{error}");
    }
}

#[tokio::test]
async fn credentials_are_told_before_the_first_event() {
    let sandbox = with_types(&["ordered", "returned"]).await;
    let shop = || builder(&sandbox).project("shop");
    let v3 = || sandbox.client_builder();
    let good = sandbox.refresh_token();
    for (case, client, kind) in [
        ("good ones", oauth(shop(), &good), None),
        ("good ones, v3", oauth(v3(), &good), None),
        (
            "a refresh token that is refused",
            oauth(shop(), "wrong"),
            Some(ErrorKind::NoAccessToken),
        ),
        (
            "the same, v3",
            oauth(v3(), "wrong"),
            Some(ErrorKind::NoAccessToken),
        ),
        (
            "those of another account",
            oauth(shop(), &good).portal_id(7),
            Some(ErrorKind::OtherPortal),
        ),
        (
            "an access token that is refused",
            shop().access_token("wrong"),
            Some(ErrorKind::Unauthorized),
        ),
        (
            "the same, v3, which nothing asks",
            v3().access_token("wrong"),
            None,
        ),
    ] {
        let client = client.build().expect("good settings");
        let error = client.verify::<Happened>().await.err();
        assert_eq!(error.as_ref().map(Error::kind), kind, "{case}");
    }
    assert_eq!(sandbox.event_count(), 0);
}

/// HubSpot is not asked if a setting of the client is missing.
#[tokio::test]
async fn a_setting_that_is_missing_is_told_first() {
    let sandbox = with_types(&["ordered"]).await;
    for api in [Api::V3, Api::AppEvents] {
        let builder = Client::builder().base_url(sandbox.base_url()).api(api);
        let builder = builder.project("shop").access_token(ACCESS_TOKEN);
        let client = builder.build().expect("good settings");
        let error = client.verify::<Keyed>().await.expect_err("no account");
        assert_eq!(error.kind(), ErrorKind::InvalidEvent);
        assert!(error.to_string().contains("portal_id"), "{error}");
    }
    assert_eq!(sandbox.requests(), 0);
}

/// A service may start in spite of these errors.
#[tokio::test]
async fn an_outage_is_told_from_a_mistake() {
    for (fault, kind) in [
        (Fault::status(503), ErrorKind::ServerError),
        (Fault::status(429), ErrorKind::RateLimited),
        (Fault::cut_after(), ErrorKind::Disconnected),
        (Fault::status(200).body("{}"), ErrorKind::Unreadable),
        (Fault::status(400), ErrorKind::Refused),
    ] {
        let sandbox = with_types(&["ordered", "returned"]).await;
        let client = builder(&sandbox).project("shop").build();
        let client = client.expect("good settings");
        sandbox.inject(fault.on(Route::Templates));
        let error = client.verify::<Happened>().await.expect_err("a fault");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("/types/projects"), "{error}");
        client.verify::<Happened>().await.expect("it is over");
    }
}

#[tokio::test]
async fn a_blocking_client_verifies_too() {
    let sandbox = with_types(&["ordered"]).await;
    let client = builder(&sandbox).project("shop").build();
    let client = blocking::Client::new(client.expect("good settings")).expect("a thread");
    let verified = tokio::task::spawn_blocking(move || client.verify::<Happened>());
    let error = verified
        .await
        .expect("no panic")
        .expect_err("one is missing");
    assert!(error.to_string().contains("\"returned\""), "{error}");
}

#[tokio::test]
async fn what_needs_no_lookup_is_not_asked_for() {
    let sandbox = with_types(&[]).await;
    let known = EventTypes::from([("1001298", "a0001_ordered"), ("1001299", "a0001_returned")]);
    let shop = |builder: ClientBuilder| builder.project("shop").event_types(known.clone());
    for builder in [sandbox.client_builder().project("shop"), builder(&sandbox)] {
        let client = builder.build().expect("good settings");
        client.verify::<Happened>().await.expect("nothing to ask");
    }
    let client = shop(builder(&sandbox)).build().expect("good settings");
    let error = client
        .verify::<Happened>()
        .await
        .expect_err("one is not known");
    assert!(error.to_string().contains("\"returned\""), "{error}");
    assert_eq!(sandbox.requests(), 1);
}
