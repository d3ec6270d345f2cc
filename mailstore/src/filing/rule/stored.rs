//! How values that know nothing of JSON stand in a stored rule.

/// A mailbox as its number.
pub(super) mod mailbox {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::value::MailboxId;

    pub(in super::super) fn serialize<S: Serializer>(
        mailbox: &MailboxId,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_i64(mailbox.get())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<MailboxId, D::Error> {
        i64::deserialize(from).map(MailboxId::new)
    }
}

/// A keyword as its text.
pub(super) mod keyword {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::value::Keyword;

    pub(in super::super) fn serialize<S: Serializer>(
        keyword: &Keyword,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(keyword.as_str())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Keyword, D::Error> {
        Keyword::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// An address as its text.
pub(super) mod address {
    use message::Address;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        address: &Address,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(address)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Address, D::Error> {
        Address::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
