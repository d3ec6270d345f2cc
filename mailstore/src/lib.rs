//! Accounts, mailboxes, messages, flags, changes, search, outbound rows, in SQLite.
