-- The shard key comes first, so that a user's rows can move to another database together.
CREATE TABLE entries (
  user_id    bigint      NOT NULL,
  number     int         NOT NULL CHECK (number > 0),
  text       text        NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, number)
);
