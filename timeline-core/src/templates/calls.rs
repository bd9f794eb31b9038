//! The calls about an app's templates: one request each, except for creating a template.

use std::error::Error as StdError;
use std::fmt;

use crate::client::{Client, is_addressable};
use crate::delivery::{Failed, refused};
use crate::error::{Error, ErrorKind};
use crate::template::{EventTemplate, TokenDefinition};
use crate::wire::answer::{Answer, Content};
use crate::wire::template_call::TemplateCall;

/// The event templates of an app, which [`Client::templates`] gives.
///
/// They belong to the app, not to the account that the client sends to. Since April 2026 HubSpot takes OAuth tokens with the
/// scopes `developers-read` and `developers-write` here; a developer API key, which it takes as well, is not supported,
/// because it travels in the URL and so ends up in logs. Creating templates fails for apps that have no timeline events
/// yet: these define event types in their project's files instead
/// ([`EventTemplate::to_definition`](crate::EventTemplate::to_definition)).
///
/// Every call but [`create`](Self::create) is one request, and a second one if the access token has run out. No call is
/// tried again after another failure; [`create`](Self::create) says what it does about a lost answer. The requests count
/// toward the account's limit.
///
/// ```
/// # #[cfg(feature = "sandbox")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use timeline_core::{EventTemplate, ObjectType, Sandbox, TokenDefinition};
///
/// let sandbox = Sandbox::start().await?;
/// let templates = sandbox.client().templates(7);
/// let template = EventTemplate::new("Pet adopted", ObjectType::Contacts)
///     .token(TokenDefinition::new::<str>("petName", "Pet name")?);
///
/// let created = templates.create(&template).await?;
/// assert_eq!(templates.list().await?, [created]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Templates {
    client: Client,
    app_id: u64,
}

impl Client {
    /// The event templates of the app with this id.
    #[must_use]
    pub fn templates(&self, app_id: u64) -> Templates {
        Templates {
            client: self.clone(),
            app_id,
        }
    }
}

impl Templates {
    /// The app's id.
    #[must_use]
    pub fn app_id(&self) -> u64 {
        self.app_id
    }

    /// All templates of the app, at most 750, with their tokens.
    ///
    /// # Errors
    ///
    /// [`Error`] if no answer came that lists them.
    pub async fn list(&self) -> Result<Vec<EventTemplate>, Error> {
        self.call(TemplateCall::List, |answer| match answer.content {
            Content::Templates(templates) => Ok(templates),
            _ => Err(refused(&answer)),
        })
        .await
    }

    /// One template with its tokens; `None` if the app has none with this id.
    ///
    /// # Errors
    ///
    /// [`Error`] if no answer came that tells.
    pub async fn get(&self, id: &str) -> Result<Option<EventTemplate>, Error> {
        self.call(TemplateCall::Get(id), |answer| match answer.content {
            Content::Template(template) => Ok(Some(*template)),
            _ if answer.says_not_found() => Ok(None),
            _ => Err(refused(&answer)),
        })
        .await
    }

    /// Creates a template with its tokens. The template that is returned has its id.
    ///
    /// A name exists once: if there is already a template of this name, and it says the same, it is returned and nothing is
    /// created. So the call can be made again after a lost answer. If an answer is lost, the call also looks for the
    /// template by itself. The call makes two requests, and a third one after a lost answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TemplateExists`] if a template of this name differs. Else [`Error`] if HubSpot refused it, or no answer
    /// came: if one of these errors says that what was sent may have arrived, no template of this name was found yet.
    pub async fn create(&self, template: &EventTemplate) -> Result<EventTemplate, Error> {
        match self.named(template).await? {
            None => self.create_absent(template).await,
            Some(existing) if says_the_same(template, &existing) => Ok(existing),
            Some(_) => {
                let route = TemplateCall::Create(template).route();
                Err(Error::new(&route, ErrorKind::TemplateExists))
            }
        }
    }

    /// Creates a template whose name no other template has.
    pub(super) async fn create_absent(
        &self,
        template: &EventTemplate,
    ) -> Result<EventTemplate, Error> {
        let created = self.template(TemplateCall::Create(template)).await;
        match created {
            // If the template cannot be looked for now, it is still as uncertain as before whether it was created.
            Err(error) if is_uncertain(&error) => match self.named(template).await {
                Ok(Some(existing)) if says_the_same(template, &existing) => Ok(existing),
                _ => Err(error),
            },
            told => told,
        }
    }

    /// The first template of the same name.
    async fn named(&self, template: &EventTemplate) -> Result<Option<EventTemplate>, Error> {
        let mut listed = self.list().await?.into_iter();
        Ok(listed.find(|other| other.name == template.name))
    }

    /// Gives the template in HubSpot that has this id the name, the texts and the tokens of `template`. A text or a token
    /// that `template` does not have is removed in HubSpot. The object type cannot be changed, and neither can the type of
    /// a token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoTemplateId`] if it has no id. Else [`Error`] if HubSpot refused it, or no answer came; the call can
    /// be made again.
    pub async fn update(&self, template: &EventTemplate) -> Result<EventTemplate, Error> {
        let call = |id| TemplateCall::Update(id, template);
        match template.id() {
            Some(id) => self.template(call(id)).await,
            None => {
                let route = call("").route();
                Err(Error::new(&route, ErrorKind::NoTemplateId))
            }
        }
    }

    /// Deletes a template **and all its events**, for good.
    ///
    /// # Errors
    ///
    /// [`Error`] if HubSpot refused it, with the status 404 if there is none with this id, or no answer came.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        self.nothing(TemplateCall::Delete(id)).await
    }

    /// Adds a token to a template.
    ///
    /// # Errors
    ///
    /// [`Error`] if HubSpot refused it, or no answer came.
    pub async fn create_token(
        &self,
        id: &str,
        token: &TokenDefinition,
    ) -> Result<TokenDefinition, Error> {
        self.token(TemplateCall::CreateToken(id, token)).await
    }

    /// Changes the label, the options and the CRM property of the template's token of this name. Its type cannot be changed.
    ///
    /// # Errors
    ///
    /// [`Error`] if HubSpot refused it, or no answer came.
    pub async fn update_token(
        &self,
        id: &str,
        token: &TokenDefinition,
    ) -> Result<TokenDefinition, Error> {
        self.token(TemplateCall::UpdateToken(id, token)).await
    }

    /// Removes a token from a template. Events that were created keep its value, which nothing shows any more (an
    /// assumption).
    ///
    /// # Errors
    ///
    /// [`Error`] if HubSpot refused it, or no answer came.
    pub async fn delete_token(&self, id: &str, name: &str) -> Result<(), Error> {
        self.nothing(TemplateCall::DeleteToken(id, name)).await
    }

    async fn template(&self, call: TemplateCall<'_>) -> Result<EventTemplate, Error> {
        self.call(call, |answer| match answer.content {
            Content::Template(template) => Ok(*template),
            _ => Err(refused(&answer)),
        })
        .await
    }

    async fn token(&self, call: TemplateCall<'_>) -> Result<TokenDefinition, Error> {
        self.call(call, |answer| match answer.content {
            Content::Token(token) => Ok(*token),
            _ => Err(refused(&answer)),
        })
        .await
    }

    async fn nothing(&self, call: TemplateCall<'_>) -> Result<(), Error> {
        self.call(call, |answer| match answer.content {
            Content::Nothing => Ok(()),
            _ => Err(refused(&answer)),
        })
        .await
    }

    async fn call<T>(
        &self,
        call: TemplateCall<'_>,
        read: impl FnOnce(Answer) -> Result<T, Failed>,
    ) -> Result<T, Error> {
        let route = call.route();
        let request = call
            .request(self.app_id)
            .map_err(|error| Error::new(&route, ErrorKind::Refused).because(error))?;
        if !request.parts.iter().all(|part| is_addressable(part)) {
            return Err(Error::new(&route, ErrorKind::InvalidId));
        }
        let called = self.client.call(&request, 0, 2).await;
        let mut wrong = None;
        let result = self.client.read(called, route, |answer| {
            if let Content::NoTemplate(words) = &answer.content {
                wrong = Some(NoTemplate(words.clone()));
            }
            read(answer)
        });
        match wrong {
            Some(wrong) => result.map_err(|error| error.because(wrong)),
            None => result,
        }
    }
}

/// Whether what was sent may have arrived.
pub(super) fn is_uncertain(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TimedOut
            | ErrorKind::Disconnected
            | ErrorKind::Unreadable
            | ErrorKind::ServerError
    )
}

/// Whether the existing template has all that `template` says, and no token that `template` does not have.
fn says_the_same(template: &EventTemplate, existing: &EventTemplate) -> bool {
    crate::template::difference::differences(template, existing, true).is_empty()
}

/// HubSpot answered with a success, and with something else than templates.
#[derive(Debug)]
struct NoTemplate(Box<str>);

impl fmt::Display for NoTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer is not what HubSpot documents: {}", self.0)
    }
}

impl StdError for NoTemplate {}
