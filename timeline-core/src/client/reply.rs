//! What came of one attempt, for those who decide by it.

use super::credentials_error::NoToken;
use super::http::Failure;
use crate::wire::answer::Answer;

/// What came of one attempt.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// No answer came.
    Failure(Failure),
    /// No request was made, for lack of an access token.
    NoToken(NoToken),
}
