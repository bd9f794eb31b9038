//! What an answer says about the attempts that ended with it.

use std::time::Duration;

use crate::client::Response;
use crate::delivery::verdict::Answer;
use crate::error::{Attempts, Message, printable};
use crate::wire::v3::ErrorBody;

impl Attempts {
    pub(in crate::delivery) fn new(
        count: u32,
        elapsed: Duration,
        answer: &Answer,
        show_messages: bool,
    ) -> Self {
        let mut attempts = Attempts {
            count,
            elapsed,
            status: None,
            category: None,
            correlation_id: None,
            message: None,
            show_messages,
            of_a_token: false,
        };
        match answer {
            Answer::Response(response) => {
                attempts.status = Some(response.status);
                attempts.read(response);
            }
            Answer::NoToken(reason) => {
                if let Some(error) = reason.error() {
                    attempts.of_a_token = true;
                    attempts.status = error.status();
                    attempts.category = error.category().map(str::to_owned);
                    attempts.correlation_id = error.correlation_id().map(str::to_owned);
                    attempts.message = error.message().map(|text| Message(text.to_owned()));
                }
            }
            Answer::Failure(_) => {}
        }
        attempts
    }

    fn read(&mut self, response: &Response) {
        // A success lists events; only an error's own words are of interest here.
        if (200..300).contains(&response.status) {
            return;
        }
        let body = ErrorBody::parse(&response.body).unwrap_or_default();
        self.category = body.category.as_deref().map(printable);
        self.correlation_id = body.correlation_id.as_deref().map(printable);
        self.message = body.message.map(Message);
    }
}
