//! Several accounts in one sandbox.

use super::accounts::Installation;
use super::handle::Sandbox;

impl Sandbox {
    /// Installs the app in an account: its refresh token opens it from now on. It has records, tokens and a rate limit
    /// of its own ([`rate_limit`](super::SandboxBuilder::rate_limit) holds for each account); templates and the ids of
    /// events are the app's, so that all accounts share them.
    ///
    /// An account that is there already has the app installed anew: the refresh token takes the place of the one before.
    /// A refresh token is one account's; if another one had it, that one's changes.
    ///
    /// ```
    /// use timeline_core::sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox};
    /// use timeline_core::{EventInput, EventTemplate, OAuth, ObjectType, SendBatch};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let sandbox = Sandbox::start().await?;
    /// let template = sandbox.add_template(EventTemplate::new("Visited", ObjectType::Contacts));
    /// sandbox.add_portal(71, "refresh-71");
    /// sandbox.add_portal(72, "refresh-72");
    /// sandbox.revoke(72);
    ///
    /// let root = sandbox.client();
    /// let visit = || [EventInput::new(&*template).email("ada@example.com")];
    /// let client = |id, token| root.for_portal(id, OAuth::new(CLIENT_ID, CLIENT_SECRET, token));
    /// assert!(visit().send_batch(&client(71, "refresh-71")).await.is_ok());
    /// assert!(visit().send_batch(&client(72, "refresh-72")).await.is_err());
    /// assert_eq!(sandbox.events()[0].portal_id, 71);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_portal(&self, id: u64, refresh_token: impl Into<String>) {
        self.shared
            .lock()
            .accounts
            .install(id, refresh_token.into());
    }

    /// Ends all tokens of an account, as when the app's access is taken away: the token endpoint answers its
    /// refresh token with 400 `BAD_REFRESH_TOKEN`, everything else its access tokens with 401. Its events stay.
    ///
    /// [`add_portal`](Self::add_portal) or an [`authorization_code`](Self::authorization_code) lets it in again. `false`
    /// if there is no such account.
    pub fn revoke(&self, id: u64) -> bool {
        self.shared.lock().accounts.end(id, Installation::Revoked)
    }

    /// Like [`revoke`](Self::revoke), but the token endpoint answers with 403: the app is not installed. Which of the two
    /// HubSpot gives after an uninstallation is not written down, and both have been seen.
    pub fn uninstall(&self, id: u64) -> bool {
        self.shared
            .lock()
            .accounts
            .end(id, Installation::Uninstalled)
    }

    /// A code like the one that HubSpot sends an app to its redirect URL when somebody installs it in an account. The
    /// token endpoint exchanges it for tokens, once, and the account has the app from then on.
    #[must_use]
    pub fn authorization_code(&self, id: u64) -> String {
        self.shared.lock().accounts.authorize(id)
    }

    /// The ids of its accounts, those without access too.
    #[must_use]
    pub fn portals(&self) -> Vec<u64> {
        self.shared.lock().accounts.ids()
    }

    /// An access token for an account that does not run out by itself; `None` if there is no such account.
    #[must_use]
    pub fn access_token_of(&self, id: u64) -> Option<String> {
        self.shared.lock().accounts.access_token(id)
    }

    /// The refresh token that its token endpoint takes now for an account; `None` if there is no such account.
    #[must_use]
    pub fn refresh_token_of(&self, id: u64) -> Option<String> {
        let state = self.shared.lock();
        state.accounts.refresh_token(id).map(str::to_owned)
    }
}
