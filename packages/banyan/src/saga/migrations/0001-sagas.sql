-- One row for each saga, written when it begins (with the command that starts it), when it turns back, and when it
-- ends (with the command that ends it). Between these writes the participants remember.
CREATE TABLE banyan_sagas (
  user_id     bigint      NOT NULL,
  id          text        NOT NULL,
  name        text        NOT NULL,
  version     int         NOT NULL,
  subject     text        NOT NULL,
  -- JSON as text: never searched, and jsonb refuses \u0000.
  input       text        NOT NULL,
  status      text        NOT NULL CHECK (status IN ('running', 'compensating', 'completed', 'compensated')),
  -- Why it turned back, and the step that may have run last: compensation begins there.
  reason      text,
  turned_at   int,
  -- The final answer, for whoever waits and for every repeat.
  outcome     text,
  -- The process that acts for it; meaningful only while that process holds its lease in this epoch.
  owner       text        NOT NULL,
  owner_epoch bigint      NOT NULL,
  fence       int         NOT NULL DEFAULT 1,
  -- Not null: needs attention, nothing acts for it until somebody says `banyan sagas retry`.
  attention   text,
  deadline_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  ended_at    timestamptz,
  timeline    jsonb       NOT NULL DEFAULT '[]',
  PRIMARY KEY (user_id, id),
  CHECK ((status IN ('completed', 'compensated')) = (outcome IS NOT NULL)),
  CHECK ((status IN ('running')) = (reason IS NULL) OR status = 'completed')
) WITH (fillfactor = 80);
CREATE INDEX banyan_sagas_open ON banyan_sagas (owner, owner_epoch) WHERE status IN ('running', 'compensating');

-- A lease belongs to a process, not to a saga: one row, renewed each second, however many sagas run.
CREATE TABLE banyan_processes (
  name        text        PRIMARY KEY,
  epoch       bigint      NOT NULL,
  lease_until timestamptz NOT NULL
);
