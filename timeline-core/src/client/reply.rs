//! What came of one attempt, for the code that decides what to do next.

use super::credentials_error::NoToken;
use super::transport::Failure;
use crate::wire::answer::Answer;
use crate::wire::texts::Text;

/// What came of one attempt.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// No answer came.
    Failure(Failure),
    /// No request was made, for lack of an access token.
    NoToken(NoToken),
}

impl Reply {
    /// A text of what the answer lists.
    pub(crate) fn text(&self, text: Text) -> &str {
        match self {
            Reply::Answer(answer) => answer.text(text),
            Reply::Failure(_) | Reply::NoToken(_) => "",
        }
    }
}
