-- The shard key comes first, so that a user's rows can move to another database together.
CREATE TABLE wishes (
  user_id    bigint NOT NULL,
  number     int    NOT NULL,
  product_id text   NOT NULL,
  PRIMARY KEY (user_id, number),
  UNIQUE (user_id, product_id)
);
