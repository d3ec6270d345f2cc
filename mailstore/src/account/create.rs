//! Making an account, with all that it needs on its first day.

use rusqlite::params;

use super::NewAccount;
use crate::address::{self, Owner};
use crate::database::{Purpose, Write, stored};
use crate::login::put_scram_keys;
use crate::mailbox::{self, SpecialUse};
use crate::value::{AccountId, MailboxName};
use crate::{Error, Store};

/// What every account has, each subscribed: Thunderbird shows only what is subscribed to.
const FIRST_MAILBOXES: [(&str, Option<SpecialUse>); 6] = [
    ("INBOX", None),
    ("Drafts", Some(SpecialUse::Drafts)),
    ("Sent", Some(SpecialUse::Sent)),
    ("Junk", Some(SpecialUse::Junk)),
    ("Trash", Some(SpecialUse::Trash)),
    ("Archive", Some(SpecialUse::Archive)),
];

impl Store {
    /// Makes an account with INBOX, Drafts, Sent, Junk, Trash and Archive, all subscribed. The
    /// first one is the owner's.
    pub async fn create_account(&self, account: NewAccount) -> Result<AccountId, Error> {
        self.check_name(&account.display_name)?;
        if !account.password.is_acceptable() {
            return Err(Error::PasswordInvalid);
        }
        let phc = self.door().hasher().hash(&account.password).await?;
        let salted = self.scram_keys(&account.password, None).await?;
        let now = self.now();
        self.write(Purpose::Grows, move |write| {
            let id = create(write, &account, &phc, now.seconds())?;
            put_scram_keys(write, id, None, &salted)?;
            Ok(id)
        })
        .await
    }
}

fn create(
    write: &Write<'_>,
    account: &NewAccount,
    phc: &str,
    now: i64,
) -> Result<AccountId, Error> {
    write
        .prepare_cached(
            "INSERT INTO account (display_name, password, quota_octets, created, owner)
             VALUES (?1, ?2, ?3, ?4, NOT EXISTS (SELECT 1 FROM account WHERE owner = 1 AND removed = 0))",
        )?
        .execute(params![account.display_name, phc, account.quota_octets.map(stored), now])?;
    let id = AccountId::new(write.last_insert_rowid());
    let domain = account
        .address
        .domain()
        .ok_or_else(|| Error::AddressInvalid(Box::new(account.address.clone())))?;
    address::add_domain(write, domain, now)?;
    address::insert(write, &account.address, Owner::Account { id, main: true }, now)?;
    for (name, special_use) in FIRST_MAILBOXES {
        let name = MailboxName::parse(name)?;
        let mailbox = mailbox::insert(write, id, &name, special_use, now)?;
        mailbox::set_subscribed(write, mailbox, true)?;
    }
    Ok(id)
}
