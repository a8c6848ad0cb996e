-- Where each consumer stands in each log. Moved in the transaction of the effect: that is the de-duplication.
CREATE TABLE banyan_positions (
  consumer  text     NOT NULL,
  log       text     NOT NULL,
  lane      smallint NOT NULL,
  position  bigint   NOT NULL DEFAULT 0,
  -- What became of the events up to here: handled or not asked for; the rest are dead letters.
  processed bigint   NOT NULL DEFAULT 0,
  passed    bigint   NOT NULL DEFAULT 0,
  -- Dead letters of this lane that wait for a replay. 0 spares every batch the question whose aggregates wait.
  parked    integer  NOT NULL DEFAULT 0 CHECK (parked >= 0),
  PRIMARY KEY (consumer, log, lane)
) WITH (fillfactor = 20);

-- The last run that was begun. Written before it, so that an event that kills the process is found by its successor.
CREATE TABLE banyan_attempts (
  consumer         text    NOT NULL,
  log              text    NOT NULL,
  after_position   bigint  NOT NULL,
  last_position    bigint  NOT NULL,
  -- Up to where a failed run reached: the guilty event is at or below it.
  suspect_position bigint  NOT NULL,
  attempts         integer NOT NULL,
  PRIMARY KEY (consumer, log)
) WITH (fillfactor = 20);

-- Events that were not applied, with all that is needed to apply them later.
--   poisoned  it kept failing; its aggregate waits
--   waiting   a later event of an aggregate that waits
--   skipped   it kept failing, and the consumer chose to go on without it
CREATE TABLE banyan_dead_letters (
  consumer     text        NOT NULL,
  log          text        NOT NULL,
  position     bigint      NOT NULL,
  lane         smallint    NOT NULL,
  aggregate_id text        NOT NULL COLLATE "C",
  version      integer     NOT NULL,
  type         text        NOT NULL,
  payload      json        NOT NULL,
  recorded_at  timestamptz NOT NULL,
  trace_parent text,
  status       text        NOT NULL CHECK (status IN ('poisoned', 'waiting', 'skipped')),
  error        text,
  attempts     integer     NOT NULL,
  parked_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, log, position)
);
CREATE INDEX banyan_dead_letters_aggregate ON banyan_dead_letters (consumer, log, aggregate_id, position)
  WHERE status <> 'skipped';
