//! A plan: what has to be done so that HubSpot's templates are what the code says.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::apply::{Applied, ApplyError, apply};
use super::calls::Templates;
use super::compare::{Comparison, Impossible, TemplateChange, compare};
use crate::error::Error;
use crate::template::EventTemplate;

/// What has to be done so that HubSpot's templates are what the code says: a value that can be shown, serialized, asked
/// whether it is empty, and applied. [`Templates::plan`] makes one.
///
/// `Display` has a line for each template that is created (`+`), changed (`~`), deleted (`-`) or impossible (`!`), and the
/// counts at the end.
#[derive(Clone, Debug)]
#[must_use = "a plan does nothing until it is applied"]
pub struct Plan {
    templates: Templates,
    code: Vec<EventTemplate>,
    live: Vec<EventTemplate>,
    deleting: bool,
    pub(super) compared: Comparison,
}

impl Templates {
    /// Compares the code's templates (`[PetAdopted::templates(), OrderShipped::templates()].concat()`) with those in
    /// HubSpot. One request; nothing is changed.
    ///
    /// A template of the code is compared with the one that has its id, if the code says one (`template_id`), else with the
    /// one that has its name. What the code does not state is kept: a header, a detail, the CRM property of a token,
    /// further options. So are templates and tokens that the code does not have, unless the plan is
    /// [`deleting`](Plan::deleting).
    ///
    /// ```
    /// # #[cfg(all(feature = "sandbox", feature = "derive"))]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use timeline_core::{Sandbox, TimelineEvent};
    ///
    /// #[derive(TimelineEvent)]
    /// #[timeline(template = "Pet adopted", header = "{{petName}}")]
    /// struct PetAdopted {
    ///     #[timeline(email)]
    ///     owner: String,
    ///     #[timeline(token = "petName", label = "Pet name")]
    ///     name: String,
    /// }
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let templates = sandbox.client().templates(7);
    /// let plan = templates.plan(PetAdopted::templates()).await?;
    /// assert_eq!(
    ///     plan.to_string(),
    ///     "+ \"Pet adopted\" (contacts)\n    \
    ///          + header: \"{{petName}}\"\n    \
    ///          + token petName (string), labelled \"Pet name\"\n\
    ///      1 to create, 0 to change, 0 to delete, 0 impossible, 0 unchanged, 0 not in the code",
    /// );
    /// let applied = plan.apply().await?;
    /// assert_eq!(applied.created().len(), 1);
    /// assert!(templates.plan(PetAdopted::templates()).await?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error`] if HubSpot's templates cannot be listed.
    pub async fn plan(&self, code: Vec<EventTemplate>) -> Result<Plan, Error> {
        let live = self.list().await?;
        let compared = compare(&code, &live, false);
        Ok(Plan {
            templates: self.clone(),
            code,
            live,
            deleting: false,
            compared,
        })
    }
}

impl Plan {
    /// The same plan that deletes templates and removes tokens that the code does not have. **Deleting a template deletes
    /// all its events**, for good.
    pub fn deleting(mut self, deleting: bool) -> Self {
        self.deleting = deleting;
        self.compared = compare(&self.code, &self.live, deleting);
        self
    }

    /// What is to be done, in the order of the code; deletions come last.
    #[must_use]
    pub fn changes(&self) -> &[TemplateChange] {
        &self.compared.changes
    }

    /// The templates that cannot become what the code says.
    #[must_use]
    pub fn impossible(&self) -> &[Impossible] {
        &self.compared.impossible
    }

    /// The templates in HubSpot that the code does not have.
    #[must_use]
    pub fn unmanaged(&self) -> &[EventTemplate] {
        &self.compared.unmanaged
    }

    /// How many templates of the code are in HubSpot as the code says.
    #[must_use]
    pub fn unchanged(&self) -> usize {
        self.compared.unchanged
    }

    /// Whether there is nothing to do, and nothing impossible. Templates that the code does not have count only if the plan
    /// is deleting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.compared.changes.is_empty() && self.compared.impossible.is_empty()
    }

    /// Does what is planned. One request reads the templates again, then one request is made for each change, and a last
    /// one checks that nothing is left to do.
    ///
    /// It may end at any request, also because the program ends. Then make a plan again and apply it: what was done is not
    /// done twice.
    ///
    /// # Errors
    ///
    /// [`ApplyError`], before anything is written, if something is impossible, or if HubSpot's templates have changed since
    /// the plan was made. Later, if a request fails; [`ApplyError::applied`] has what was done before.
    pub async fn apply(self) -> Result<Applied, ApplyError> {
        apply(
            &self.templates,
            &self.code,
            &self.live,
            self.deleting,
            self.compared,
        )
        .await
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Unmanaged<'u> {
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'u str>,
            name: &'u str,
        }

        let compared = &self.compared;
        let unmanaged: Vec<Unmanaged<'_>> = compared
            .unmanaged
            .iter()
            .map(|template| Unmanaged {
                id: template.id(),
                name: &template.name,
            })
            .collect();
        let mut plan = serializer.serialize_struct("Plan", 6)?;
        plan.serialize_field("isEmpty", &self.is_empty())?;
        plan.serialize_field("deleting", &self.deleting)?;
        plan.serialize_field("changes", &compared.changes)?;
        plan.serialize_field("impossible", &compared.impossible)?;
        plan.serialize_field("unmanaged", &unmanaged)?;
        plan.serialize_field("unchanged", &compared.unchanged)?;
        plan.end()
    }
}
