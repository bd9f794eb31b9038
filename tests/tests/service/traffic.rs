//! Sign-ups and orders from several clients, until the service is gone.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

const CLIENTS: usize = 6;

pub(crate) struct Traffic {
    /// One for each request that was answered 2xx.
    answers: mpsc::UnboundedReceiver<()>,
    clients: JoinSet<Vec<String>>,
}

impl Traffic {
    pub(crate) fn start(url: &str) -> Self {
        let (answered, answers) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(post_until_gone(url.to_owned(), client, answered.clone()));
        }
        Traffic { answers, clients }
    }

    /// Returns after this many more answers; the traffic goes on.
    pub(crate) async fn until_answered(&mut self, count: usize) {
        for _ in 0..count {
            self.answers.recv().await.expect("the service is there");
        }
    }

    /// The addresses of all requests that were answered 2xx, once the service is gone.
    pub(crate) async fn until_gone(self) -> Vec<String> {
        self.clients.join_all().await.concat()
    }
}

async fn post_until_gone(
    url: String,
    client: usize,
    answered: mpsc::UnboundedSender<()>,
) -> Vec<String> {
    let http = reqwest::Client::new();
    let mut accepted = Vec::new();
    for n in 0.. {
        let order = 1_000_000 * client + n;
        let address = format!("client-{client}-{n}@example.com");
        let (path, body) = match n % 2 {
            0 => (
                "signups",
                format!(r#"{{"email":"{address}","userId":"u-{client}-{n}","plan":"free"}}"#),
            ),
            _ => (
                "orders",
                format!(r#"{{"email":"{address}","order":{order},"amount":9.5,"currency":"EUR"}}"#),
            ),
        };
        // Every third event is sent twice, as by a client whose answer was lost.
        let times = if n % 3 == 0 { 2 } else { 1 };
        for time in 0..times {
            match post(&http, &url, path, &body).await {
                None => return accepted,
                Some(status) => assert_eq!(status, 202),
            }
            if time == 0 {
                accepted.push(address.clone());
            }
            let _ = answered.send(());
        }
    }
    accepted
}

/// The answer's status; `None` if there was none.
pub(crate) async fn post(http: &reqwest::Client, url: &str, path: &str, body: &str) -> Option<u16> {
    let request = http
        .post(format!("{url}/{path}"))
        .header("Content-Type", "application/json")
        .body(body.to_owned());
    Some(request.send().await.ok()?.status().as_u16())
}
