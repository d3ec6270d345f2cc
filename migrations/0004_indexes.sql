-- Version 4: indexes for questions whose cost grew with what strangers send, or with the whole store.

-- Of the attempts from one address, those of the last hour are looked at with each new one.
CREATE INDEX login_history_alike ON login_history (account_id, peer, service, outcome, last);
CREATE INDEX login_history_failure ON login_history (last) WHERE outcome >= 3;  -- needs INDEXED BY; the oldest of too many

-- Which other messages have this identity? Asked when one of them goes.
CREATE INDEX content_identity ON content (identity);

-- What of one account is not indexed yet? Asked by each search for a text.
CREATE INDEX index_todo_account ON index_todo (account_id, operation);

-- All conversations of an account, for the day it goes: also those without a subject.
DROP INDEX conversation_subject;
CREATE INDEX conversation_subject ON conversation (account_id, subject_hash);

-- Bit 8 of content.properties: the last line has no end. Rare, and asked for with each maildrop; needs INDEXED BY.
CREATE INDEX content_unended ON content (id) WHERE properties & 8 <> 0;
