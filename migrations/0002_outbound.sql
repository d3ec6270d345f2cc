-- mail.db, version 2: what the queue needs to be quick with a million recipients, and what became of each try.
--
-- From here on reclaim.account_id may be 0, with conversation_id 0: the queue let go of the content, no account did.
-- outbound.priority is 0 for a letter and -1 for bulk mail.

ALTER TABLE outbound ADD COLUMN settled INTEGER;  -- when pending became 0; NULL while it is more
ALTER TABLE outbound_recipient ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;  -- the message's, for the index
ALTER TABLE outbound_recipient ADD COLUMN settled INTEGER;  -- when it was delivered, failed or dropped; NULL while pending

UPDATE outbound_recipient SET
  priority = (SELECT priority FROM outbound WHERE outbound.id = outbound_id),
  settled = CASE WHEN state >= 2 THEN ifnull(last_attempt, (SELECT accepted FROM outbound WHERE outbound.id = outbound_id)) END;
UPDATE outbound SET pending = (SELECT count(*) FROM outbound_recipient WHERE outbound_id = outbound.id AND state < 2);
UPDATE outbound SET settled = (SELECT ifnull(max(settled), outbound.accepted) FROM outbound_recipient WHERE outbound_id = outbound.id)
  WHERE pending = 0;
INSERT OR IGNORE INTO reclaim (content_id, account_id, conversation_id) SELECT content_id, 0, 0 FROM outbound WHERE pending = 0;

-- Who is next at a destination, letters before bulk; whom does the owner hold. Settled recipients are not in it, however many.
-- Needs "state < 2" in the query, word for word.
DROP INDEX outbound_recipient_due;
CREATE INDEX outbound_recipient_due ON outbound_recipient (state, domain, priority, next_attempt) WHERE state < 2;

-- Lists go from the newest back.
DROP INDEX outbound_account;
CREATE INDEX outbound_account ON outbound (account_id, id);
CREATE INDEX outbound_pending ON outbound (id) WHERE pending > 0;

-- The destinations that somebody waits for, and when the first of them is due: what is next is found without a look at the
-- recipients, though a hundred thousand of them wait for one destination.
CREATE TABLE outbound_domain (
  domain       TEXT NOT NULL,                       -- as outbound_recipient.domain
  priority     INTEGER NOT NULL,                    -- of these recipients
  next_attempt INTEGER NOT NULL,                    -- the earliest of theirs
  PRIMARY KEY (domain, priority)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbound_domain_due ON outbound_domain (priority, next_attempt);
INSERT INTO outbound_domain (domain, priority, next_attempt)
  SELECT domain, priority, min(next_attempt) FROM outbound_recipient WHERE state = 0 GROUP BY domain, priority;

-- What became of each try, for the timeline.
CREATE TABLE outbound_attempt (
  recipient_id INTEGER NOT NULL REFERENCES outbound_recipient (id),  -- whom it was for
  number       INTEGER NOT NULL,                    -- 1 for the first that was told of
  at           INTEGER NOT NULL,                    -- when it ended
  outcome      INTEGER NOT NULL,                    -- 1 delivered, 2 failed for good, 3 to be tried again
  host         TEXT,                                -- who was asked; NULL when nobody could be
  reply        TEXT NOT NULL,                       -- its reply, verbatim but cut, or why nobody could be asked
  tls          TEXT,                                -- version and cipher; NULL in the clear
  PRIMARY KEY (recipient_id, number)
) STRICT, WITHOUT ROWID;
