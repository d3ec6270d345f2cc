-- Those who live here and what they do: logging in without sending the password, sending, being filed for.

-- Random octets that this store drew once.
CREATE TABLE secret (
  name   TEXT NOT NULL PRIMARY KEY,                 -- what for: 'nobodys_salt'
  octets BLOB NOT NULL                              -- 32
) STRICT, WITHOUT ROWID;

-- What an account's SCRAM-SHA-256 keys are made under (RFC 5802 §3): one salt for all its passwords, so that one exchange can be
-- about any of them.
CREATE TABLE scram (
  account_id INTEGER PRIMARY KEY REFERENCES account (id),  -- whose
  salt       BLOB NOT NULL,                         -- 16 random octets, told to whoever asks
  iterations INTEGER NOT NULL                       -- how often the password is hashed
) STRICT;

-- The keys of one password. Passwords that are older than this table get theirs at their next login.
CREATE TABLE scram_key (
  account_id      INTEGER NOT NULL REFERENCES account (id),  -- whose
  app_password_id INTEGER NOT NULL,                 -- of which app password; 0 for the main one
  stored_key      BLOB NOT NULL,                    -- StoredKey, 32 octets: verifies a proof
  server_key      BLOB NOT NULL,                    -- ServerKey, 32 octets: proves that we know it
  PRIMARY KEY (account_id, app_password_id)
) STRICT, WITHOUT ROWID;

-- What an account sent in an hour, for a day.
CREATE TABLE sending (
  account_id     INTEGER NOT NULL REFERENCES account (id),  -- whose
  hour           INTEGER NOT NULL,                  -- hours since 1970
  recipients     INTEGER NOT NULL,                  -- to how many
  new_recipients INTEGER NOT NULL,                  -- to how many that it had never written to before
  PRIMARY KEY (account_id, hour)
) STRICT, WITHOUT ROWID;

-- Whom an account has written to.
CREATE TABLE correspondent (
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  folded     TEXT NOT NULL,                         -- the address, folded, to be compared
  written    TEXT NOT NULL,                         -- the address as it was first written
  last       INTEGER NOT NULL,                      -- when the last message was sent
  times      INTEGER NOT NULL,                      -- how many were
  PRIMARY KEY (account_id, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX correspondent_last ON correspondent (account_id, last);  -- the latest; who makes room?

-- What was found out about a message when it came, and why it was filed where.
ALTER TABLE delivery ADD COLUMN findings TEXT;      -- a JSON object; its words are those of whoever looked
ALTER TABLE delivery ADD COLUMN reasons TEXT;       -- JSON array of [account id, why it was filed where it was]

-- Addresses of an account that are for one purpose each. Switched off: address.enabled.
CREATE TABLE mask (
  address_id INTEGER PRIMARY KEY REFERENCES address (id),  -- the address
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose: the address's, too
  note       TEXT NOT NULL                          -- what it is for
) STRICT;
CREATE INDEX mask_account ON mask (account_id);

-- What an account wants done with which mail, asked in this order.
CREATE TABLE rule (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,     -- which
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  place      INTEGER NOT NULL,                      -- how many are asked before it
  enabled    INTEGER NOT NULL DEFAULT 1,            -- 0: it is not asked
  body       TEXT NOT NULL                          -- JSON: name, conditions, actions
) STRICT;
CREATE INDEX rule_account ON rule (account_id, place);

-- What is answered while somebody is away.
CREATE TABLE vacation (
  account_id INTEGER PRIMARY KEY REFERENCES account (id),  -- whose
  enabled    INTEGER NOT NULL,                      -- 0: nothing is
  from_time  INTEGER,                               -- not before; NULL for at once
  until_time INTEGER,                               -- not from then on; NULL for without end
  subject    TEXT NOT NULL,                         -- the answer's; may be empty
  text       TEXT NOT NULL,                         -- the answer
  days       INTEGER NOT NULL                       -- nobody is answered twice within so many
) STRICT;

-- Who was answered.
CREATE TABLE vacation_answer (
  account_id INTEGER NOT NULL REFERENCES account (id),  -- by whom
  folded     TEXT NOT NULL,                         -- the sender, folded
  at         INTEGER NOT NULL,                      -- when
  PRIMARY KEY (account_id, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX vacation_answer_at ON vacation_answer (account_id, at);  -- what does not count any more

-- Where an account's mail is sent on to.
ALTER TABLE account ADD COLUMN forward_keeps INTEGER NOT NULL DEFAULT 1;  -- 1: it stays here, too
CREATE TABLE forward_target (
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  folded     TEXT NOT NULL,                         -- the address, folded, to be compared
  written    TEXT NOT NULL,                         -- the address as its owner wrote it
  confirmed  INTEGER NOT NULL,                      -- 1: somebody there wants it; before, nothing is sent
  created    INTEGER NOT NULL,                      -- when it was added
  PRIMARY KEY (account_id, folded)
) STRICT, WITHOUT ROWID;

-- The keys that a domain's mail is signed with (DKIM, RFC 6376).
CREATE TABLE domain_key (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,      -- which
  domain_id INTEGER NOT NULL REFERENCES domain (id),  -- whose mail
  selector  TEXT NOT NULL,                          -- its name in the DNS, lower case
  algorithm INTEGER NOT NULL,                       -- 1 rsa-sha256, 2 ed25519-sha256
  pkcs8     BLOB NOT NULL,                          -- the private key, PKCS #8
  state     INTEGER NOT NULL,                       -- 1 next, 2 active, 3 retired
  created   INTEGER NOT NULL,                       -- when it was made
  changed   INTEGER NOT NULL,                       -- when its state last changed
  UNIQUE (domain_id, selector)
) STRICT;
CREATE UNIQUE INDEX domain_key_active ON domain_key (domain_id, algorithm) WHERE state = 2;  -- one of a kind signs

-- How many messages an account has learned from.
CREATE TABLE junk_total (
  account_id INTEGER PRIMARY KEY REFERENCES account (id),  -- whose
  spam       INTEGER NOT NULL,                      -- junk
  ham        INTEGER NOT NULL,                      -- others
  tokens     INTEGER NOT NULL                       -- its rows in junk_token
) STRICT;

-- In how many of them a token was.
CREATE TABLE junk_token (
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  hash       INTEGER NOT NULL,                      -- 64 bits of the account and the token
  spam       INTEGER NOT NULL,                      -- in how many that were junk
  ham        INTEGER NOT NULL,                      -- in how many others
  touched    INTEGER NOT NULL,                      -- when it was last learned, in days since 1970
  PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;
