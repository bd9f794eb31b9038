//! The accounts in which the app is installed, and their tokens.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::credentials::{OauthSettings, REFRESH_TOKEN};
use super::refusal::Refusal;

/// The scope that a path requires of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Timeline,
    DevelopersRead,
    DevelopersWrite,
}

impl Scope {
    pub(super) fn name(self) -> &'static str {
        match self {
            Scope::Timeline => "timeline",
            Scope::DevelopersRead => "developers-read",
            Scope::DevelopersWrite => "developers-write",
        }
    }
}

/// Whether the app is installed in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Installation {
    Installed,
    /// The app is installed, and its tokens are revoked.
    Revoked,
    /// The app was removed.
    Uninstalled,
}

#[derive(Debug)]
struct Account {
    /// The refresh token of the installation; rotated ones are made from it.
    given: String,
    /// The refresh token that is accepted now.
    refresh_token: String,
    installation: Installation,
}

/// An access token.
#[derive(Clone, Debug)]
struct Access {
    portal_id: u64,
    /// When it expires on the sandbox's clock; `None` if it does not expire by itself.
    end: Option<Duration>,
    revoked: bool,
}

/// What introspection says about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenOwner {
    Access {
        portal_id: u64,
        expires_in: Duration,
    },
    Refresh {
        portal_id: u64,
    },
}

impl TokenOwner {
    pub(super) fn token_use(self) -> &'static str {
        match self {
            TokenOwner::Access { .. } => "access_token",
            TokenOwner::Refresh { .. } => "refresh_token",
        }
    }
}

/// Newly issued tokens.
#[derive(Debug)]
pub(super) struct GrantedTokens {
    pub(super) portal_id: u64,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
}

/// Why a refresh token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoGrant {
    Unknown,
    Uninstalled,
}

#[derive(Debug)]
pub(super) struct Accounts {
    settings: OauthSettings,
    accounts: BTreeMap<u64, Account>,
    access: HashMap<String, Access>,
    /// The unused authorization codes, each with its account.
    codes: HashMap<String, u64>,
    granted: u64,
    codes_made: u64,
}

impl Accounts {
    pub(super) fn new(settings: OauthSettings) -> Self {
        let (own, refresh_token) = (settings.portal_id, settings.refresh_token.clone());
        let mut accounts = Accounts {
            settings,
            accounts: BTreeMap::new(),
            access: HashMap::new(),
            codes: HashMap::new(),
            granted: 0,
            codes_made: 0,
        };
        accounts.install(own, refresh_token);
        accounts
    }

    pub(super) fn settings(&self) -> &OauthSettings {
        &self.settings
    }

    /// The account that the sandbox has from the start.
    pub(super) fn own(&self) -> u64 {
        self.settings.portal_id
    }

    pub(super) fn ids(&self) -> Vec<u64> {
        self.accounts.keys().copied().collect()
    }

    /// How many access tokens were issued.
    pub(super) fn granted(&self) -> u64 {
        self.granted
    }

    /// The access token of an account that does not expire by itself.
    pub(super) fn access_token(&self, portal_id: u64) -> Option<String> {
        self.accounts.get(&portal_id)?;
        Some(self.lasting(portal_id))
    }

    fn lasting(&self, portal_id: u64) -> String {
        let own = &self.settings.access_token;
        if portal_id == self.own() {
            own.clone()
        } else {
            format!("{own}-of-{portal_id}")
        }
    }

    /// The refresh token that an account accepts now.
    pub(super) fn refresh_token(&self, portal_id: u64) -> Option<&str> {
        Some(&self.accounts.get(&portal_id)?.refresh_token)
    }

    /// Installs the app in an account, or installs it again. A refresh token belongs to one account: another account that
    /// has the same one gets a new one.
    pub(super) fn install(&mut self, portal_id: u64, refresh_token: String) {
        for (other, account) in &mut self.accounts {
            if *other != portal_id && account.refresh_token == refresh_token {
                account.refresh_token = made_up_refresh_token(*other);
            }
        }
        let lasting = Access {
            portal_id,
            end: None,
            revoked: false,
        };
        self.access.insert(self.lasting(portal_id), lasting);
        let account = Account {
            given: refresh_token.clone(),
            refresh_token,
            installation: Installation::Installed,
        };
        self.accounts.insert(portal_id, account);
    }

    /// Revokes all tokens of an account. `false` if there is no such account.
    pub(super) fn end(&mut self, portal_id: u64, installation: Installation) -> bool {
        let Some(account) = self.accounts.get_mut(&portal_id) else {
            return false;
        };
        account.installation = installation;
        let theirs = |access: &&mut Access| access.portal_id == portal_id;
        for access in self.access.values_mut().filter(theirs) {
            access.revoked = true;
        }
        true
    }

    /// Expires all access tokens.
    pub(super) fn expire(&mut self) {
        for access in self.access.values_mut() {
            access.end = Some(Duration::ZERO);
        }
    }

    /// A new authorization code, for one exchange.
    pub(super) fn authorize(&mut self, portal_id: u64) -> String {
        self.codes_made += 1;
        let code = format!("sandbox-authorization-code-{}", self.codes_made);
        self.codes.insert(code.clone(), portal_id);
        code
    }

    /// Tokens for an authorization code, which is used up. A code means that the app is installed, or installed again.
    pub(super) fn exchange(&mut self, code: &str, now: Duration) -> Option<GrantedTokens> {
        let portal_id = self.codes.remove(code)?;
        let installed = |account: &Account| account.installation == Installation::Installed;
        if !self.accounts.get(&portal_id).is_some_and(installed) {
            let first = !self.accounts.contains_key(&portal_id);
            let refresh_token = if first {
                made_up_refresh_token(portal_id)
            } else {
                format!("{}-{code}", made_up_refresh_token(portal_id))
            };
            self.install(portal_id, refresh_token);
        }
        Some(self.grant(portal_id, now))
    }

    /// Tokens for a refresh token.
    pub(super) fn refresh(
        &mut self,
        refresh_token: &str,
        now: Duration,
    ) -> Result<GrantedTokens, NoGrant> {
        let (portal_id, account) = self.find(refresh_token).ok_or(NoGrant::Unknown)?;
        match account.installation {
            Installation::Installed => {}
            Installation::Revoked => return Err(NoGrant::Unknown),
            Installation::Uninstalled => return Err(NoGrant::Uninstalled),
        }
        if self.settings.rotate {
            let next = self.granted + 1;
            if let Some(account) = self.accounts.get_mut(&portal_id) {
                account.refresh_token = format!("{}-{next}", account.given);
            }
        }
        Ok(self.grant(portal_id, now))
    }

    fn find(&self, refresh_token: &str) -> Option<(u64, &Account)> {
        let mut accounts = self.accounts.iter();
        let (id, account) = accounts.find(|(_, account)| account.refresh_token == refresh_token)?;
        Some((*id, account))
    }

    fn grant(&mut self, portal_id: u64, now: Duration) -> GrantedTokens {
        self.granted += 1;
        let access_token = format!("{}-{}", self.settings.access_token, self.granted);
        let access = Access {
            portal_id,
            end: Some(now.saturating_add(self.settings.expires_in)),
            revoked: false,
        };
        self.access.insert(access_token.clone(), access);
        let refresh_token = self.refresh_token(portal_id).unwrap_or_default().to_owned();
        GrantedTokens {
            portal_id,
            access_token,
            refresh_token,
        }
    }

    /// The token's kind and account, if the token is valid.
    pub(super) fn known(&self, token: &str, now: Duration) -> Option<TokenOwner> {
        if let Some(access) = self.access.get(token) {
            let expires_in = match access.end {
                Some(end) => end.checked_sub(now).filter(|left| !left.is_zero())?,
                None => self.settings.expires_in,
            };
            let portal_id = access.portal_id;
            return (!access.revoked).then_some(TokenOwner::Access {
                portal_id,
                expires_in,
            });
        }
        let (portal_id, account) = self.find(token)?;
        (account.installation == Installation::Installed)
            .then_some(TokenOwner::Refresh { portal_id })
    }

    /// Revokes a token; with a refresh token also its access tokens.
    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(access) = self.access.get_mut(token) {
            access.revoked = true;
        } else if let Some((portal_id, _)) = self.find(token) {
            self.end(portal_id, Installation::Revoked);
        }
    }

    /// The account of the token in a header, valid or not.
    pub(super) fn portal_of(&self, header: Option<&str>) -> Option<u64> {
        let access = self.access.get(bearer(header)?)?;
        Some(access.portal_id)
    }

    /// The account of a refresh token, valid or not.
    pub(super) fn portal_of_refresh(&self, refresh_token: &str) -> Option<u64> {
        self.find(refresh_token).map(|(portal_id, _)| portal_id)
    }

    /// The account that this `Authorization` header opens.
    pub(super) fn open(
        &self,
        header: Option<&str>,
        scope: Scope,
        now: Duration,
    ) -> Result<u64, Refusal> {
        let refused =
            |category: &'static str, message| Refusal::new(401, category, category, message);
        let expired = "The OAuth token used to make this call has expired";
        let Some(token) = bearer(header) else {
            let message = "Authentication credentials not found: a Bearer token is needed";
            return Err(refused("INVALID_AUTHENTICATION", message));
        };
        let portal_id = match self.access.get(token) {
            Some(access) if access.revoked => {
                let message = "The access token was revoked: the app has no access to the account";
                return Err(refused("INVALID_AUTHENTICATION", message));
            }
            Some(access) if access.end.is_some_and(|end| now >= end) => {
                return Err(refused("EXPIRED_AUTHENTICATION", expired));
            }
            Some(access) => access.portal_id,
            None if self.settings.any_token => self.own(),
            // Observed at HubSpot: an unreadable token gets the same answer as an expired one.
            None => return Err(refused("EXPIRED_AUTHENTICATION", expired)),
        };
        let name = scope.name();
        if self.settings.scopes.iter().any(|granted| granted == name) {
            Ok(portal_id)
        } else {
            Err(Refusal::missing_scope(name))
        }
    }

    /// The account for the paths of templates, which also take a developer key. The key is the app's and counts as the
    /// first account's.
    pub(super) fn open_to_key(
        &self,
        key: Option<&str>,
        header: Option<&str>,
        scope: Scope,
        now: Duration,
    ) -> Result<u64, Refusal> {
        match key {
            Some(key) if key == self.settings.developer_key => Ok(self.own()),
            Some(key) if !key.is_empty() && self.settings.any_token => Ok(self.own()),
            Some(_) if header.is_none() => Err(Refusal::new(
                401,
                "INVALID_AUTHENTICATION",
                "INVALID_AUTHENTICATION",
                "The API key provided is invalid",
            )),
            _ => self.open(header, scope, now),
        }
    }
}

fn bearer(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn made_up_refresh_token(portal_id: u64) -> String {
    format!("{REFRESH_TOKEN}-of-{portal_id}")
}
