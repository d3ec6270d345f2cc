//! The rules that one query can check.

use rusqlite::Connection;

use super::Broken;
use crate::Error;

/// What is wrong, and a query that gives one row, of one text, for each case.
const RULES: &[(&str, &str)] = &[
    ("the file", "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'"),
    (
        "a row refers to one that is not there",
        "SELECT \"table\" || ' ' || ifnull(rowid, '') || ' to ' || parent FROM pragma_foreign_key_check",
    ),
    (
        "a mailbox's counters are not its counts",
        "SELECT mailbox.id || ' has ' || messages || '/' || unseen || '/' || mailbox.octets || ', counted '
                || ifnull(counted.n, 0) || '/' || ifnull(counted.u, 0) || '/' || ifnull(counted.o, 0)
         FROM mailbox LEFT JOIN (SELECT mailbox_id, count(*) AS n, sum(flags & 1 = 0) AS u, sum(octets) AS o
                                 FROM message GROUP BY mailbox_id) AS counted ON counted.mailbox_id = mailbox.id
         WHERE removed = 0 AND (messages, unseen, mailbox.octets)
               IS NOT (ifnull(counted.n, 0), ifnull(counted.u, 0), ifnull(counted.o, 0))",
    ),
    (
        "an account's used octets are not its mailboxes'",
        "SELECT account.id || ' has ' || used_octets || ', counted ' || ifnull(counted.o, 0) FROM account
         LEFT JOIN (SELECT account_id, sum(octets) AS o FROM mailbox WHERE removed = 0 GROUP BY account_id) AS counted
         ON counted.account_id = account.id WHERE used_octets <> ifnull(counted.o, 0)",
    ),
    (
        "a message's UID or modseq is beyond its mailbox's",
        "SELECT mailbox_id || ':' || uid FROM message CROSS JOIN mailbox ON mailbox.id = mailbox_id
         WHERE uid < 1 OR uid >= uid_next OR modseq > highest_modseq OR modseq < 1",
    ),
    (
        "an expunged range is beyond its mailbox's UIDs or modseq",
        "SELECT mailbox_id || ':' || first_uid FROM expunged CROSS JOIN mailbox ON mailbox.id = mailbox_id
         WHERE last_uid >= uid_next OR modseq > highest_modseq OR modseq <= expunged_complete OR first_uid > last_uid",
    ),
    (
        "an expunged UID is there",
        "SELECT expunged.mailbox_id || ':' || uid FROM expunged
         CROSS JOIN message ON message.mailbox_id = expunged.mailbox_id AND uid BETWEEN first_uid AND last_uid",
    ),
    (
        "a UID was expunged twice",
        "SELECT mailbox_id || ':' || first_uid FROM (
           SELECT mailbox_id, first_uid, max(last_uid) OVER
             (PARTITION BY mailbox_id ORDER BY first_uid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
           FROM expunged) WHERE before >= first_uid",
    ),
    (
        "a UID is neither there nor expunged",
        "SELECT mailbox.id || ' gave ' || (uid_next - 1) || ', has ' || messages || ', expunged ' || ifnull(counted.n, 0)
         FROM mailbox LEFT JOIN (SELECT mailbox_id, sum(last_uid - first_uid + 1) AS n FROM expunged GROUP BY mailbox_id)
              AS counted ON counted.mailbox_id = mailbox.id
         WHERE removed = 0 AND expunged_complete = 0 AND uid_next - 1 <> messages + ifnull(counted.n, 0)",
    ),
    (
        "a message's octets are not its content's",
        "SELECT mailbox_id || ':' || uid FROM message CROSS JOIN content ON content.id = content_id
         WHERE message.octets <> content.octets",
    ),
    (
        "a content is neither referenced nor to be reclaimed",
        "SELECT id FROM content WHERE NOT EXISTS (SELECT 1 FROM message WHERE content_id = content.id)
         AND NOT EXISTS (SELECT 1 FROM outbound WHERE content_id = content.id AND pending > 0)
         AND NOT EXISTS (SELECT 1 FROM reclaim WHERE content_id = content.id)",
    ),
    (
        "a content and a blob do not belong together",
        "SELECT ifnull(content.id, blob.id) FROM content FULL JOIN blob ON blob.id = content.id
         WHERE content.id IS NULL OR blob.id IS NULL OR content.octets <> blob.octets",
    ),
    (
        "a message has a keyword that its mailbox does not know",
        "SELECT mailbox_id || ':' || uid FROM message CROSS JOIN mailbox ON mailbox.id = mailbox_id AND removed = 0
         WHERE flags >> 8 <> 0 AND (flags >> 8 << 8) & ~(SELECT ifnull(sum(1 << bit), 0) FROM keyword
                                                          WHERE keyword.mailbox_id = message.mailbox_id) <> 0",
    ),
    (
        "a message's conversation is another account's",
        "SELECT mailbox_id || ':' || uid FROM message CROSS JOIN mailbox ON mailbox.id = mailbox_id
         CROSS JOIN conversation ON conversation.id = conversation_id
         WHERE conversation.account_id <> mailbox.account_id",
    ),
    (
        "an account knows the identity of a message that it does not have",
        "SELECT known.account_id || ':' || known.content_id FROM message_reference AS known
         WHERE known.content_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM message CROSS JOIN mailbox ON mailbox.id = mailbox_id
                         WHERE content_id = known.content_id AND mailbox.account_id = known.account_id)
         AND NOT EXISTS (SELECT 1 FROM reclaim WHERE reclaim.content_id = known.content_id
                         AND reclaim.account_id = known.account_id)
         AND NOT EXISTS (SELECT 1 FROM account WHERE account.id = known.account_id AND removed = 1)",
    ),
    (
        "an account has a message without a row for its identity",
        "SELECT mailbox_id || ':' || uid FROM message CROSS JOIN mailbox ON mailbox.id = mailbox_id AND removed = 0
         CROSS JOIN content ON content.id = content_id
         WHERE NOT EXISTS (SELECT 1 FROM message_reference AS known WHERE known.account_id = mailbox.account_id
                           AND known.hash = content.identity)",
    ),
    (
        "an account has not exactly one INBOX or main address",
        "SELECT id FROM account WHERE removed = 0
         AND ((SELECT count(*) FROM mailbox WHERE account_id = account.id AND name = 'INBOX' AND removed = 0) <> 1
           OR (SELECT count(*) FROM address WHERE account_id = account.id AND main = 1) <> 1)",
    ),
    (
        "a mailbox lies below one that is not there",
        "SELECT id || ' ' || name FROM mailbox WHERE removed = 0 AND instr(name, '/') > 0
         AND NOT EXISTS (SELECT 1 FROM mailbox AS above WHERE above.account_id = mailbox.account_id AND above.removed = 0
                         AND above.name = rtrim(rtrim(mailbox.name, replace(mailbox.name, '/', '')), '/'))",
    ),
    (
        "an account's junk tokens are not counted right",
        "SELECT account_id || ' has ' || tokens || ', counted ' || counted.n FROM junk_total
         CROSS JOIN (SELECT account_id AS whose, count(*) AS n FROM junk_token GROUP BY account_id) AS counted
         ON counted.whose = account_id WHERE tokens <> counted.n",
    ),
    (
        "a mask is not its account's address",
        "SELECT mask.address_id FROM mask LEFT JOIN address ON address.id = mask.address_id
         WHERE mask.account_id IS NOT address.account_id",
    ),
    (
        "an alias leads nowhere",
        "SELECT written FROM address WHERE account_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM alias_target WHERE address_id = address.id)",
    ),
    (
        "a message on its way out has not as many pending recipients as it says",
        "SELECT outbound.id || ' says ' || pending || ', counted ' || ifnull(counted.n, 0) FROM outbound
         LEFT JOIN (SELECT outbound_id, count(*) AS n FROM outbound_recipient WHERE state < 2 GROUP BY outbound_id) AS counted
         ON counted.outbound_id = outbound.id
         WHERE pending <> ifnull(counted.n, 0) OR (pending = 0) <> (settled IS NOT NULL)",
    ),
    (
        "the content of a message on its way out is gone",
        "SELECT id FROM outbound WHERE pending > 0
         AND NOT EXISTS (SELECT 1 FROM content WHERE content.id = outbound.content_id)",
    ),
    (
        "a recipient is settled without a time, or has a time without being settled",
        "SELECT id FROM outbound_recipient WHERE (state >= 2) <> (settled IS NOT NULL) OR state NOT BETWEEN 0 AND 4",
    ),
    (
        "a recipient has not the priority of its message",
        "SELECT outbound_recipient.id FROM outbound_recipient JOIN outbound ON outbound.id = outbound_id
         WHERE outbound_recipient.priority <> outbound.priority",
    ),
    (
        "a destination is not next when its first recipient is",
        "SELECT ifnull(said.domain, first.domain) || ' ' || ifnull(said.next_attempt, '-') || ' ' || ifnull(first.next, '-')
         FROM outbound_domain AS said
         FULL JOIN (SELECT domain, priority, min(next_attempt) AS next FROM outbound_recipient WHERE state = 0
                    GROUP BY domain, priority) AS first ON first.domain = said.domain AND first.priority = said.priority
         WHERE said.next_attempt IS NOT first.next",
    ),
    (
        "a message not yet due has been tried",
        "SELECT outbound.id FROM outbound JOIN outbound_recipient ON outbound_id = outbound.id
         WHERE last_attempt < not_before",
    ),
    (
        "a recipient is tried before its message may be",
        "SELECT outbound_recipient.id FROM outbound_recipient JOIN outbound ON outbound.id = outbound_id
         WHERE state < 2 AND next_attempt < not_before",
    ),
];

pub(super) fn check(connection: &Connection) -> Result<Vec<Broken>, Error> {
    let mut broken = Vec::new();
    for (what, query) in RULES {
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let case: rusqlite::types::Value = row.get(0)?;
            let case = match case {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            broken.push(Broken(format!("{what}: {case}")));
        }
    }
    Ok(broken)
}
