-- mail.db, version 1: everything that must survive. What can be computed again (the search index) lives in search.db.
--
-- Times are whole seconds since 1970, UTC. "folded" means ASCII lower case. Domains are lower-case A-labels.
-- Ids of rows that the world may still name after they are gone are AUTOINCREMENT: they are never given twice.

-- One row per counter of the whole house.
CREATE TABLE counter (
  name  TEXT NOT NULL PRIMARY KEY,                  -- which: 'uid_validity'
  value INTEGER NOT NULL                            -- the last that was given
) STRICT, WITHOUT ROWID;

-- Who logs in.
CREATE TABLE account (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,   -- which
  display_name TEXT NOT NULL,                       -- shown in front of the address; may be empty
  password     TEXT NOT NULL,                       -- argon2id in PHC string form
  owner        INTEGER NOT NULL DEFAULT 0,          -- 1: gets the postmaster's mail
  quota_octets INTEGER,                             -- may hold; NULL for no limit
  used_octets  INTEGER NOT NULL DEFAULT 0,          -- holds: the sum of its mailboxes' octets
  created      INTEGER NOT NULL,                    -- when
  removed      INTEGER NOT NULL DEFAULT 0           -- 1: nobody's any more; its messages are being tidied away
) STRICT;

-- A domain whose mail is ours.
CREATE TABLE domain (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,        -- which
  name    TEXT NOT NULL UNIQUE,                     -- lower-case A-labels
  created INTEGER NOT NULL                          -- when
) STRICT;

-- Everything that mail can be sent to here: addresses of accounts, aliases, catch-alls.
CREATE TABLE address (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- which
  domain_id  INTEGER NOT NULL REFERENCES domain (id),  -- at which domain
  local_part TEXT NOT NULL,                         -- folded and unquoted; '' is the domain's catch-all
  written    TEXT NOT NULL,                         -- the whole address as its owner wrote it; '*@domain' for a catch-all
  account_id INTEGER REFERENCES account (id),       -- whose; NULL for an alias, which has targets instead
  main       INTEGER NOT NULL DEFAULT 0,            -- 1: the account's main address, which it logs in with
  enabled    INTEGER NOT NULL DEFAULT 1,            -- 0: mail to it is refused
  created    INTEGER NOT NULL,                      -- when
  UNIQUE (domain_id, local_part)
) STRICT;
CREATE INDEX address_account ON address (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX address_local_part ON address (local_part);  -- logging in with the part before the @ alone

-- Where an alias leads.
CREATE TABLE alias_target (
  address_id INTEGER NOT NULL REFERENCES address (id),  -- the alias
  folded     TEXT NOT NULL,                             -- the target, folded, to be compared
  written    TEXT NOT NULL,                             -- the target as its owner wrote it; here or elsewhere in the world
  PRIMARY KEY (address_id, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_target_folded ON alias_target (folded);  -- what leads to this?

-- A password for one program: random, so a plain hash of it is enough.
CREATE TABLE app_password (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- which
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  name       TEXT NOT NULL,                         -- what the account calls it
  hash       BLOB NOT NULL UNIQUE,                  -- BLAKE3 of the password without its hyphens
  scopes     INTEGER NOT NULL,                      -- bits: 1 POP3, 2 IMAP, 4 submission
  created    INTEGER NOT NULL,                      -- when
  last_used  INTEGER,                               -- when, to within the hour
  last_peer  TEXT                                   -- from where
) STRICT;
CREATE INDEX app_password_account ON app_password (account_id);

-- A browser that is logged in.
CREATE TABLE web_session (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- which
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  token_hash BLOB NOT NULL UNIQUE,                  -- BLAKE3 of the token in the cookie
  created    INTEGER NOT NULL,                      -- when it logged in
  last_used  INTEGER NOT NULL,                      -- when, to within five minutes
  peer       TEXT NOT NULL,                         -- from where it logged in
  user_agent TEXT NOT NULL                          -- what it called itself
) STRICT;
CREATE INDEX web_session_account ON web_session (account_id, last_used);

-- Attempts to log in: those of one kind from one address within an hour are one row.
CREATE TABLE login_history (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- which
  account_id INTEGER REFERENCES account (id),       -- NULL: nobody has that name
  name       TEXT NOT NULL,                         -- as it was given
  service    INTEGER NOT NULL,                      -- 1 POP3, 2 IMAP, 3 submission, 4 webmail
  peer       TEXT NOT NULL,                         -- from where
  outcome    INTEGER NOT NULL,                      -- 1 in with the password, 2 in with an app password, 3 wrong, 4 refused unseen
  first      INTEGER NOT NULL,                      -- when the first was
  last       INTEGER NOT NULL,                      -- when the last was
  times      INTEGER NOT NULL DEFAULT 1             -- how many
) STRICT;
CREATE INDEX login_history_account ON login_history (account_id, last);
CREATE INDEX login_history_last ON login_history (last);  -- what is too old to keep

-- Who is kept out for a while.
CREATE TABLE ban (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,        -- which
  network TEXT NOT NULL,                            -- an address; for IPv6 the first of its /64
  name    TEXT NOT NULL DEFAULT '',                 -- folded; '' for everybody from there
  since   INTEGER NOT NULL,                         -- when it began
  until   INTEGER NOT NULL,                         -- when it ends
  UNIQUE (network, name)
) STRICT;

-- What can be set while the house is running.
CREATE TABLE setting (
  account_id INTEGER REFERENCES account (id),       -- whose; NULL for the whole house
  key        TEXT NOT NULL,                         -- what
  value      TEXT NOT NULL                          -- to what
) STRICT;
CREATE UNIQUE INDEX setting_key ON setting (ifnull(account_id, 0), key);

-- An IMAP mailbox and its counters, which are kept in the transaction of every change.
CREATE TABLE mailbox (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,  -- which
  account_id        INTEGER NOT NULL REFERENCES account (id),  -- whose
  name              TEXT NOT NULL,                  -- full name, Unicode in NFC, levels by '/', INBOX upper case
  special_use       INTEGER,                        -- 1 \Drafts, 2 \Sent, 3 \Junk, 4 \Trash, 5 \Archive (RFC 6154)
  subscribed        INTEGER NOT NULL DEFAULT 0,     -- 1: shown by clients that show only what is subscribed to
  uid_validity      INTEGER NOT NULL,               -- unique in the house
  uid_next          INTEGER NOT NULL DEFAULT 1,     -- the next message's; 4294967296 when the last was given
  recent_from       INTEGER NOT NULL DEFAULT 1,     -- no session was told of UIDs from here on (\Recent)
  highest_modseq    INTEGER NOT NULL DEFAULT 1,     -- grows with every committed change
  messages          INTEGER NOT NULL DEFAULT 0,     -- how many
  unseen            INTEGER NOT NULL DEFAULT 0,     -- how many without \Seen
  octets            INTEGER NOT NULL DEFAULT 0,     -- of all messages
  expunged_complete INTEGER NOT NULL DEFAULT 0,     -- table expunged knows all that went at modseqs after this one
  removed           INTEGER NOT NULL DEFAULT 0      -- 1: nobody's any more; its messages are being tidied away
) STRICT;
CREATE UNIQUE INDEX mailbox_name ON mailbox (account_id, name) WHERE removed = 0;
CREATE UNIQUE INDEX mailbox_special_use ON mailbox (account_id, special_use) WHERE removed = 0 AND special_use IS NOT NULL;
CREATE INDEX mailbox_removed ON mailbox (id) WHERE removed = 1;

-- What a keyword bit means in a mailbox. Never forgotten while the mailbox lives.
CREATE TABLE keyword (
  mailbox_id INTEGER NOT NULL REFERENCES mailbox (id),  -- in which mailbox
  bit        INTEGER NOT NULL,                      -- 8 to 61, of message.flags
  name       TEXT NOT NULL COLLATE NOCASE,          -- as first written
  PRIMARY KEY (mailbox_id, bit),
  UNIQUE (mailbox_id, name)
) STRICT, WITHOUT ROWID;

-- A message in a mailbox: the hot row, some 35 octets, clustered so that all flags of a mailbox are one scan.
CREATE TABLE message (
  mailbox_id      INTEGER NOT NULL REFERENCES mailbox (id),  -- in which mailbox
  uid             INTEGER NOT NULL,                 -- never used again in this mailbox
  modseq          INTEGER NOT NULL,                 -- when it last changed, by the mailbox's counter
  flags           INTEGER NOT NULL,                 -- 1 \Seen 2 \Answered 4 \Flagged 8 \Deleted 16 \Draft; from bit 8 keywords
  internal_date   INTEGER NOT NULL,                 -- when it arrived on this earth
  save_date       INTEGER NOT NULL,                 -- when it came into this mailbox (RFC 8514)
  octets          INTEGER NOT NULL,                 -- of the message: copied from content, LIST and LARGER ask for nothing else
  content_id      INTEGER NOT NULL REFERENCES content (id),  -- its bytes, and what was read out of them
  conversation_id INTEGER NOT NULL REFERENCES conversation (id),  -- the account's conversation that it is in
  PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_modseq ON message (mailbox_id, modseq);                  -- what changed since?
CREATE INDEX message_unseen ON message (mailbox_id, uid) WHERE flags & 1 = 0;  -- needs INDEXED BY: the planner passes over it
CREATE INDEX message_content ON message (content_id);                         -- which mailboxes have it? is it still wanted?
CREATE INDEX message_conversation ON message (conversation_id);
CREATE INDEX message_flagged ON message (mailbox_id, uid) WHERE flags & 4 <> 0;  -- needs INDEXED BY, too
CREATE INDEX message_date ON message (mailbox_id, internal_date, uid, conversation_id, content_id);  -- newest first, without the row

-- UIDs that went, one row per range and expunge (RFC 7162 VANISHED). Pruned in time: see mailbox.expunged_complete.
CREATE TABLE expunged (
  mailbox_id INTEGER NOT NULL REFERENCES mailbox (id),  -- from which mailbox
  modseq     INTEGER NOT NULL,                      -- of the expunge
  first_uid  INTEGER NOT NULL,                      -- the first that went
  last_uid   INTEGER NOT NULL,                      -- the last that went
  PRIMARY KEY (mailbox_id, modseq, first_uid)
) STRICT, WITHOUT ROWID;

-- One accepted message, once, however many mailboxes have it: the cold row, with what was read out of it once.
CREATE TABLE content (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,  -- the blob's too
  octets          INTEGER NOT NULL,                   -- of the message
  header_octets   INTEGER NOT NULL,                   -- of the header with the empty line: where the body begins
  identity        INTEGER NOT NULL,                   -- what message_reference.hash is for it
  sent            INTEGER,                            -- Date, if it has a readable one
  sent_offset     INTEGER NOT NULL,                   -- minutes east of UTC that Date names
  properties      INTEGER NOT NULL,                   -- bits: 1 has an attachment, 2 has HTML, 4 the subject says that it answers
  subject         TEXT NOT NULL,                      -- decoded, one line
  base_subject    TEXT NOT NULL,                      -- without Re: and its like, in normal form (RFC 5256 §2.1)
  from_name       TEXT,                               -- the first author's, decoded
  from_address    TEXT,                               -- the first author's; NULL without From
  to_people       TEXT NOT NULL,                      -- JSON array of [name or null, address], decoded
  cc_people       TEXT NOT NULL,                      -- JSON array of [name or null, address], decoded
  message_id      TEXT,                               -- without angle brackets
  list_id         TEXT,                               -- lower case, without angle brackets
  preview         TEXT NOT NULL,                      -- the first words
  envelope        BLOB NOT NULL,                      -- ENVELOPE as IMAP sends it
  structure       BLOB NOT NULL,                      -- BODYSTRUCTURE with extension data, as IMAP sends it
  parts           BLOB NOT NULL,                      -- the part tree, encoded
  header          BLOB                                -- raw lines of the fields that clients ask for; NULL when they are too many
) STRICT;

-- The bytes of a content.
CREATE TABLE blob (
  id     INTEGER PRIMARY KEY REFERENCES content (id),  -- which
  codec  INTEGER NOT NULL,                          -- 0 as they are, 1 a zstd frame with checksum, 2 in a content file
  octets INTEGER NOT NULL,                          -- of the message
  sums   BLOB,                                      -- codecs 0 and 2: BLAKE3, 16 octets for each 64 KiB piece
  file   TEXT,                                      -- codec 2: its name below content/, 32 hex digits
  data   BLOB                                       -- codecs 0 and 1; last, so that the rest is read without it
) STRICT;
CREATE UNIQUE INDEX blob_file ON blob (file) WHERE file IS NOT NULL;  -- which files are wanted?

-- Contents that an account may have let go of: looked at, and perhaps deleted, in the background.
CREATE TABLE reclaim (
  content_id INTEGER NOT NULL,                      -- what
  account_id INTEGER NOT NULL,                      -- who let go of it
  conversation_id INTEGER NOT NULL,                 -- the conversation it had there
  PRIMARY KEY (content_id, account_id)
) STRICT, WITHOUT ROWID;

-- How an accepted message came here. Outlives the message, for `trace`.
CREATE TABLE delivery (
  content_id   INTEGER PRIMARY KEY,                 -- its bytes, which may be gone; greater ones came later
  trace        TEXT NOT NULL UNIQUE,                -- the message's one id
  at           INTEGER NOT NULL,                    -- when it was accepted
  reverse_path TEXT NOT NULL,                       -- MAIL FROM; '' for <>
  peer         TEXT NOT NULL,                       -- the address that handed it to us
  helo         TEXT,                                -- the name it gave itself
  tls          TEXT,                                -- version and cipher; NULL in the clear
  protocol     TEXT NOT NULL,                       -- as in Received (RFC 3848)
  octets       INTEGER NOT NULL,                    -- of the message
  message_id   TEXT,                                -- without angle brackets
  recipients   TEXT NOT NULL                        -- JSON array of [account id, address it came to as written]
) STRICT;

-- The addresses that it came to, to be looked up.
CREATE TABLE delivery_recipient (
  folded     TEXT NOT NULL,                         -- folded, with its tag
  content_id INTEGER NOT NULL REFERENCES delivery (content_id),  -- what came to it
  PRIMARY KEY (folded, content_id)
) STRICT, WITHOUT ROWID;

-- Messages that belong together, within one account. What a message was given is never changed: conversations that turn out to be
-- one are tied together here.
CREATE TABLE conversation (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,   -- which
  account_id   INTEGER NOT NULL REFERENCES account (id),  -- whose
  joined_id    INTEGER REFERENCES conversation (id),  -- the one that it turned out to be part of; never itself a part
  subject_hash INTEGER,                             -- 64 bits of BLAKE3 of the base subject (RFC 5256 §2.1); NULL without one
  newest       INTEGER NOT NULL,                    -- when its newest message arrived
  by_subject   INTEGER NOT NULL DEFAULT 0,          -- messages that are in it for their subject alone
  participants TEXT NOT NULL                        -- lower-case addresses, one a line
) STRICT;
CREATE INDEX conversation_subject ON conversation (account_id, subject_hash) WHERE subject_hash IS NOT NULL;
CREATE INDEX conversation_joined ON conversation (joined_id) WHERE joined_id IS NOT NULL;

-- A Message-ID that an account's messages have or refer to, its conversation, and the message, so that an import does not bring it
-- again. A message without one has a row for its bytes.
CREATE TABLE message_reference (
  account_id      INTEGER NOT NULL REFERENCES account (id),  -- whose
  hash            INTEGER NOT NULL,                 -- 64 bits of BLAKE3 of the Message-ID, or of the bytes
  conversation_id INTEGER NOT NULL REFERENCES conversation (id),  -- where it belongs
  content_id      INTEGER,                          -- the newest message that has it; NULL when it is only referred to
  PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_reference_conversation ON message_reference (conversation_id);  -- forgotten with its conversation

-- What search.db has still to learn. Written in the transaction of the change.
CREATE TABLE index_todo (
  content_id INTEGER NOT NULL,                      -- what
  account_id INTEGER NOT NULL,                      -- for whom
  operation  INTEGER NOT NULL,                      -- 1 to be put in, 2 to be taken out
  PRIMARY KEY (content_id, account_id)
) STRICT, WITHOUT ROWID;

-- Which file search.db is, and how far it goes: another one, or an older one, is not to be believed.
CREATE TABLE index_state (
  only     INTEGER PRIMARY KEY CHECK (only = 1),    -- there is one row
  identity INTEGER NOT NULL,                        -- drawn when search.db was made, which has the same
  batch    INTEGER NOT NULL                         -- the last batch in it that index_todo does not ask for any more
) STRICT;

-- A message on its way out: one row per message and sender.
CREATE TABLE outbound (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,   -- which
  trace        TEXT NOT NULL,                       -- the message's one id
  content_id   INTEGER NOT NULL,                    -- its bytes, which are kept while recipients are pending
  account_id   INTEGER REFERENCES account (id),     -- who submitted it; NULL for our own bounces and for forwarded mail
  reverse_path TEXT NOT NULL,                       -- MAIL FROM; '' for <>
  accepted     INTEGER NOT NULL,                    -- when
  not_before   INTEGER NOT NULL,                    -- undo and send-later: nothing is tried before
  expires      INTEGER NOT NULL,                    -- given up then
  priority     INTEGER NOT NULL DEFAULT 0,          -- higher goes first
  pending      INTEGER NOT NULL,                    -- recipients that are not settled; at 0 the content is let go of
  body         INTEGER NOT NULL DEFAULT 0,          -- 0 seven bits, 1 8BITMIME, 2 BINARYMIME
  smtputf8     INTEGER NOT NULL DEFAULT 0,          -- 1: needs SMTPUTF8 (RFC 6531)
  requiretls   INTEGER NOT NULL DEFAULT 0,          -- 1: REQUIRETLS (RFC 8689)
  dsn_return   INTEGER NOT NULL DEFAULT 0,          -- RET: 0 not given, 1 FULL, 2 HDRS (RFC 3461 §4.3)
  dsn_envelope TEXT                                 -- ENVID (RFC 3461 §4.4)
) STRICT;
CREATE INDEX outbound_content ON outbound (content_id) WHERE pending > 0;  -- is it still wanted?
CREATE INDEX outbound_account ON outbound (account_id, accepted);
CREATE INDEX outbound_trace ON outbound (trace);

-- One recipient of a message on its way out.
CREATE TABLE outbound_recipient (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,   -- which
  outbound_id  INTEGER NOT NULL REFERENCES outbound (id),  -- which message
  address      TEXT NOT NULL,                       -- RCPT TO
  domain       TEXT NOT NULL,                       -- of the address: what is sent together
  state        INTEGER NOT NULL DEFAULT 0,          -- 0 waits, 1 held by the owner, 2 delivered, 3 failed, 4 dropped by the owner
  attempts     INTEGER NOT NULL DEFAULT 0,          -- tries so far
  next_attempt INTEGER NOT NULL,                    -- written before the try, so that a crash cannot loop
  last_attempt INTEGER,                             -- when
  last_host    TEXT,                                -- who was asked last
  last_reply   TEXT,                                -- its reply, verbatim, or why it could not be asked
  delay_told   INTEGER NOT NULL DEFAULT 0,          -- 1: the sender knows that it takes longer
  dsn_notify   INTEGER NOT NULL DEFAULT 0,          -- NOTIFY bits: 1 SUCCESS, 2 FAILURE, 4 DELAY, 8 NEVER; 0 not given (RFC 3461 §4.1)
  dsn_original TEXT                                 -- ORCPT (RFC 3461 §4.2)
) STRICT;
CREATE INDEX outbound_recipient_due ON outbound_recipient (next_attempt, domain) WHERE state = 0;
CREATE INDEX outbound_recipient_outbound ON outbound_recipient (outbound_id);
