//! Who hands in mail writes in their own name, and to so many people a day (RFC 6409 §6.1).

use mailstore::{Login, SendLimit, SendingError};
use message::{Address, ReversePath};

use super::super::refusal::Refusal;
use super::super::replies;
use super::super::submitted::AuthorFault;
use super::{House, Letter};

/// `MAIL FROM`. Nobody at all is allowed: receipts are sent so (RFC 8098 §3).
pub(super) async fn check_reverse_path(
    house: &House,
    login: &Login,
    reverse_path: &ReversePath,
) -> Result<(), Refusal> {
    let Some(address) = reverse_path.address() else { return Ok(()) };
    if house.store.may_send_as(login.account, address).await? {
        return Ok(());
    }
    Err(Refusal::client(replies::not_your_reverse_path(address)))
}

/// From and Sender.
pub(super) async fn check_authors(
    house: &House,
    login: &Login,
    authors: Result<&[Address], AuthorFault>,
) -> Result<(), Refusal> {
    for author in authors.map_err(|fault| Refusal::nobody(replies::author_fault(fault)))? {
        if !house.store.may_send_as(login.account, author).await? {
            return Err(Refusal::nobody(replies::not_your_name(author)));
        }
    }
    Ok(())
}

/// Counts those it goes to: what a stolen password is worth ends somewhere.
pub(super) async fn count(house: &House, login: &Login, letter: &Letter) -> Result<(), Refusal> {
    let paths = letter.addressees.iter();
    let recipients: Vec<Address> =
        paths.filter_map(|addressee| addressee.path.address().cloned()).collect();
    let now = house.store.now();
    match house.store.check_and_count_sending(login.account, &recipients, now).await {
        Ok(()) => Ok(()),
        Err(SendingError::Limit(SendLimit { which, limit, retry_after })) => {
            tracing::info!(account = %login.address, limit, %which, "has sent enough for a day");
            Err(Refusal::nobody(match retry_after {
                Some(wait) => replies::enough_for_today(which, limit, wait),
                None => replies::enough_for_any_day(which, limit),
            }))
        }
        Err(SendingError::Store(error)) => Err(error.into()),
    }
}
