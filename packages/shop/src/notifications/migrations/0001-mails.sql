-- One mail per event and recipient, for ever: the key is what keeps a replay of events from sending twice.
--
--   waiting          to be sent at due_at; while somebody sends it, due_at is the end of their lease
--   sent             handed to the mail server, or written to the outbox folder
--   no-recipient     the user was deleted before it could be sent
--   needs-attention  refused for good, or failed too often; retryMails sends it again
CREATE TABLE mails (
  user_id     bigint NOT NULL,
  event_id    text COLLATE "C" NOT NULL,
  event_type  text COLLATE "C" NOT NULL,
  payload     json NOT NULL,
  status      text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'no-recipient', 'needs-attention')),
  -- Counted before an attempt, so that one that kills the process is counted too. Also the attempt's fence.
  attempts    integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  due_at      timestamptz NOT NULL,
  failure     text,
  created_at  timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (user_id, event_id),
  CHECK ((finished_at IS NULL) = (status = 'waiting'))
);

CREATE INDEX mails_by_due ON mails (due_at) WHERE status = 'waiting';
CREATE INDEX mails_needing_attention ON mails (created_at) WHERE status = 'needs-attention';
