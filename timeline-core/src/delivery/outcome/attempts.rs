//! What an answer says about the attempts that ended with it.

use std::time::Duration;

use crate::client::Reply;
use crate::error::{Attempts, Message, printable};
use crate::wire::answer::Answer;

impl Attempts {
    pub(in crate::delivery) fn new(
        count: u32,
        elapsed: Duration,
        reply: &Reply,
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
        match reply {
            Reply::Answer(answer) => {
                attempts.status = Some(answer.status);
                attempts.read(answer);
            }
            Reply::NoToken(reason) => {
                if let Some(error) = reason.error() {
                    attempts.of_a_token = true;
                    attempts.status = error.status();
                    attempts.category = error.category().map(str::to_owned);
                    attempts.correlation_id = error.correlation_id().map(str::to_owned);
                    attempts.message = error.message().map(|text| Message(text.to_owned()));
                }
            }
            Reply::Failure(_) => {}
        }
        attempts
    }

    fn read(&mut self, answer: &Answer) {
        // Only an error is read here: a success lists events.
        if let Some(error) = answer.error() {
            self.category = error.body.category.as_deref().map(printable);
            self.correlation_id = error.body.correlation_id.as_deref().map(printable);
            self.message = error.body.message.clone().map(Message);
        }
    }
}
