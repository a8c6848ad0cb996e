-- Accounts. A deleted one stays as an anonymous row, because orders and payments refer to its id.
--
-- version        rises with each change that a reader of the user sees: the ETag.
-- event_version  counts the account's events: the aggregate's version in the log.
CREATE SEQUENCE user_ids AS bigint;

CREATE TABLE users (
  user_id       bigint      PRIMARY KEY,
  name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  email         text COLLATE "C",
  role          text        NOT NULL CHECK (role IN ('customer', 'admin')),
  version       int         NOT NULL CHECK (version > 0),
  event_version int         NOT NULL CHECK (event_version > 0),
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  deleted_at    timestamptz,
  CHECK ((email IS NULL) = (deleted_at IS NOT NULL)),
  CHECK (deleted_at IS NULL OR role = 'customer')
);
-- An account as commands and queries see it; nothing that reads it can forget who is deleted.
CREATE VIEW live_users AS
  SELECT user_id,
         user_id::text AS id,
         name,
         email,
         role,
         version,
         event_version AS "eventVersion",
         to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt",
         to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "updatedAt"
  FROM users
  WHERE deleted_at IS NULL;

CREATE INDEX users_admins ON users (user_id) WHERE role = 'admin';

-- The directory that makes addresses unique. Its own table, because accounts may be spread over shards and it may not.
-- Written only under the addresses' advisory locks (see accounts/email-directory.ts), so its keys never collide.
-- COLLATE "C": a search by prefix is a range of the primary key.
CREATE TABLE user_emails (
  email   text COLLATE "C" PRIMARY KEY CHECK (char_length(email) BETWEEN 3 AND 320),
  user_id bigint           NOT NULL UNIQUE
);

-- Apart from the account, so that no list of users can ever show a hash. No row: log-in is impossible.
CREATE TABLE credentials (
  user_id       bigint      PRIMARY KEY REFERENCES users,
  password_hash text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  changed_at    timestamptz NOT NULL
);

-- A session is live while its row is here and has not expired. Ending one deletes the row.
CREATE TABLE sessions (
  user_id      bigint      NOT NULL REFERENCES users,
  session_id   text        NOT NULL,
  -- SHA-256 of the one refresh token that is not spent yet.
  token_hash   bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
  created_at   timestamptz NOT NULL,
  refreshed_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (user_id, session_id)
);

-- A revoked key stays for a day, so that a repeated creation finds its outcome.
CREATE TABLE api_keys (
  user_id         bigint      NOT NULL REFERENCES users,
  key_id          text        NOT NULL,
  name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  scopes          text[]      NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 8),
  key_hash        bytea       NOT NULL CHECK (octet_length(key_hash) = 32),
  last_characters text        NOT NULL,
  idempotency_key text        NOT NULL,
  created_at      timestamptz NOT NULL,
  revoked_at      timestamptz,
  PRIMARY KEY (user_id, key_id),
  UNIQUE (user_id, idempotency_key)
);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (key_hash) WHERE revoked_at IS NULL;
