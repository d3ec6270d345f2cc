-- Version 5: what moving mail into Junk, and out of it, teaches.

-- A message that its account has sorted by hand, to be learned from, or learned from already.
CREATE TABLE junk_lesson (
  account_id INTEGER NOT NULL REFERENCES account (id),  -- whose
  content_id INTEGER NOT NULL,                      -- the message; it may be gone, and then it teaches nothing any more
  class      INTEGER NOT NULL,                      -- what it is, as it was sorted last: 1 junk, 2 other mail
  learned    INTEGER NOT NULL DEFAULT 0,            -- as what it was learned: 0 not yet
  PRIMARY KEY (account_id, content_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX junk_lesson_due ON junk_lesson (account_id, content_id) WHERE class <> learned;  -- needs INDEXED BY: what is still to be learned?
