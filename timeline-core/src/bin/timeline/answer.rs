//! What a command answers: one value, from which the text, the JSON and the exit code come.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

/// What a command answers.
pub(crate) struct Answer {
    text: String,
    /// The same text in colours, where it has some.
    colored: Option<String>,
    json: Value,
    /// There are differences, or events that were not delivered.
    is_open: bool,
    is_silent: bool,
}

impl Answer {
    pub(crate) fn new(text: impl Into<String>, json: &impl Serialize) -> Result<Self, Failure> {
        Ok(Answer {
            text: text.into(),
            colored: None,
            json: serde_json::to_value(json)?,
            is_open: false,
            is_silent: false,
        })
    }

    /// The answer of a command that has printed everything already.
    pub(crate) fn silent() -> Self {
        Answer {
            text: String::new(),
            colored: None,
            json: Value::Null,
            is_open: false,
            is_silent: true,
        }
    }

    pub(crate) fn colored(mut self, text: impl Into<String>) -> Self {
        self.colored = Some(text.into());
        self
    }

    /// There are differences, or events that were not delivered.
    pub(crate) fn open_if(mut self, is_open: bool) -> Self {
        self.is_open = is_open;
        self
    }

    pub(crate) fn code(&self) -> u8 {
        if self.is_open { 2 } else { 0 }
    }

    pub(crate) fn write_text(&self, out: &mut impl Write, in_colors: bool) -> io::Result<()> {
        if self.is_silent {
            return Ok(());
        }
        let colored = self.colored.as_deref().filter(|_| in_colors);
        let text = colored.unwrap_or(&self.text);
        writeln!(out, "{}", text.trim_end_matches('\n'))
    }

    pub(crate) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        if self.is_silent {
            return Ok(());
        }
        serde_json::to_writer_pretty(&mut *out, &self.json)?;
        writeln!(out)
    }
}

/// Why a command has no answer.
pub(crate) struct Failure(Box<dyn Error>);

impl Failure {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Failure(words.into().into())
    }

    /// Whether the reader of our output, such as `head`, has closed the pipe. Then it needs no more.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let error = self.0.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.into())
    }
}

/// The error, and behind it each cause that it does not say itself.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.to_string();
        let mut source = self.0.source();
        while let Some(cause) = source {
            let words = cause.to_string();
            if !shown.contains(&words) {
                shown = format!("{shown}: {words}");
            }
            source = cause.source();
        }
        f.write_str(&shown)
    }
}
