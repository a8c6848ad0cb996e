-- Which process publishes a log to the broker, and up to where the broker has acknowledged it. Unused without a broker.
CREATE TABLE banyan_relays (
  log         text        PRIMARY KEY,
  position    bigint      NOT NULL,
  owner       text        NOT NULL,
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);
