//! The methods of a sandbox for several accounts.

use super::accounts::Installation;
use super::handle::Sandbox;

impl Sandbox {
    /// Adds an account with the app installed; the token endpoint takes its refresh token from now on. The account has its
    /// own records, tokens and rate limit ([`rate_limit`](super::SandboxBuilder::rate_limit) applies to each account).
    /// Templates and event ids belong to the app, so that all accounts share them.
    ///
    /// In an account that exists already the app is installed again, with the new refresh token. A refresh token belongs
    /// to one account; another account that has the same one gets a new one.
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

    /// Revokes all tokens of an account: the token endpoint answers its refresh token with 400 `BAD_REFRESH_TOKEN`, all
    /// other paths answer its access tokens with 401. Its events stay.
    ///
    /// [`add_portal`](Self::add_portal) or an [`authorization_code`](Self::authorization_code) gives access again. `false`
    /// if there is no such account.
    pub fn revoke(&self, id: u64) -> bool {
        self.shared.lock().accounts.end(id, Installation::Revoked)
    }

    /// Like [`revoke`](Self::revoke), but the token endpoint answers with 403: the app is not installed. HubSpot does not
    /// document which of the two it gives after an uninstallation; both were observed.
    pub fn uninstall(&self, id: u64) -> bool {
        self.shared
            .lock()
            .accounts
            .end(id, Installation::Uninstalled)
    }

    /// A code like the one that HubSpot sends to an app's redirect URL when a user installs the app in an account. The token
    /// endpoint exchanges it for tokens, once, and the app is installed in the account from then on.
    #[must_use]
    pub fn authorization_code(&self, id: u64) -> String {
        self.shared.lock().accounts.authorize(id)
    }

    /// The ids of its accounts, also of those that are revoked.
    #[must_use]
    pub fn portals(&self) -> Vec<u64> {
        self.shared.lock().accounts.ids()
    }

    /// An access token of an account that does not expire by itself; `None` if there is no such account.
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
