//! Recognises failures of TLS that no new try can end.

use std::error::Error as StdError;

/// Whether the connection was refused over something that stays as it is until it is mended: a certificate that is
/// not trusted or is another host's, another version of the protocol, or no TLS on the other side. A handshake that
/// ended early, or with an alert of the server's own trouble, is none of these.
///
/// Only rustls tells these apart; with the system's library (feature `native-tls`) all of these failures are tried again.
pub(super) fn is_lasting(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if is_lasting_itself(error) {
            return true;
        }
        // `io::Error` gives the error inside it by `get_ref`, and that inner error's source by `source`.
        let inside = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    false
}

#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
fn is_lasting_itself(error: &(dyn StdError + 'static)) -> bool {
    use rustls::{AlertDescription, CertificateError, Error};
    match error.downcast_ref::<Error>() {
        // A clock may be slightly wrong, so waiting may mend this.
        Some(Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => false,
        Some(Error::AlertReceived(alert)) => !matches!(
            alert,
            AlertDescription::CloseNotify
                | AlertDescription::InternalError
                | AlertDescription::UserCanceled
        ),
        Some(error) => matches!(
            error,
            Error::InvalidCertificate(_)
                | Error::InvalidCertRevocationList(_)
                | Error::NoCertificatesPresented
                | Error::UnsupportedNameType
                | Error::InvalidMessage(_)
                | Error::InappropriateMessage { .. }
                | Error::InappropriateHandshakeMessage { .. }
                | Error::PeerIncompatible(_)
                | Error::PeerMisbehaved(_)
                | Error::PeerSentOversizedRecord
                | Error::InvalidEncryptedClientHello(_)
                | Error::NoApplicationProtocol
                | Error::DecryptError
        ),
        None => false,
    }
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
fn is_lasting_itself(_: &(dyn StdError + 'static)) -> bool {
    false
}
