//! The body of an error: whose error it is, and what it says about the event.

/// The body of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) category: Option<String>,
    pub(crate) sub_category: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) policy_name: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) code: Option<String>,
    /// Whether an error inside says that an event's id is in use.
    pub(crate) in_use_inside: bool,
}

impl ErrorBody {
    /// Whether the error has HubSpot's marks. A gateway's error about a path that it does not serve has none.
    pub(crate) fn is_hubspots(&self) -> bool {
        self.category.is_some() || (self.correlation_id.is_some() && !self.is_of_the_path())
    }

    /// Whether HubSpot says that it has no such path. Such an error was seen with a correlation id and without a category;
    /// the error for an object that is not found has a category.
    fn is_of_the_path(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        self.category.is_none() && message.eq_ignore_ascii_case("resource not found")
    }

    /// Whether HubSpot itself failed, whatever the event is.
    pub(crate) fn is_internal(&self) -> bool {
        let names = ["INTERNAL", "UNAVAILABLE", "TIMEOUT"];
        let category = self.category.as_deref().unwrap_or_default();
        names.iter().any(|name| category.contains(name))
    }

    /// Whether it says that an event's id is in use.
    ///
    /// HubSpot's announcement of 2021 says "Event ID already in use". The word "id" must stand before "already in use": an
    /// e-mail address can be in use as well. A code may leave out "already".
    pub(crate) fn says_in_use(&self) -> bool {
        let texts = [
            &self.message,
            &self.sub_category,
            &self.category,
            &self.error_type,
            &self.code,
        ];
        self.in_use_inside || texts.into_iter().flatten().any(|text| is_in_use(text))
    }
}

fn is_in_use(text: &str) -> bool {
    let text = text.to_ascii_lowercase().replace('_', " ");
    let before = text.find("already in use").and_then(|at| text.get(..at));
    let mut words = before
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    words.any(|word| word == "id") || text.contains("event id in use")
}
