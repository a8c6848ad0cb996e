-- One row for each idempotency key that was used, until it expires. Written in the command's own transaction.
-- No partitions by time: a unique key on a time-partitioned table is not unique, so a key could be claimed twice.
CREATE TABLE banyan_keys (
  shard_key   bigint      NOT NULL,
  scope       text        NOT NULL,
  key         text        NOT NULL,
  fingerprint bytea       NOT NULL,
  -- JSON as text: nobody queries inside, and jsonb refuses \u0000.
  outcome     text        NOT NULL,
  -- While this saga runs, `outcome` holds only the acceptance; the final answer is in the saga's row.
  saga_id     text,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (shard_key, scope, key)
);
CREATE INDEX banyan_keys_expiry ON banyan_keys (expires_at);

-- The highest fence seen of each saga that was taken over. No row means fence 1: the first owner still acts.
CREATE TABLE banyan_fences (
  shard_key bigint NOT NULL,
  saga_id   text   NOT NULL,
  fence     int    NOT NULL,
  PRIMARY KEY (shard_key, saga_id)
);
