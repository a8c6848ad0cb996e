-- A user's orders as documents, joined from the events of four services. Droppable: built from the logs, never the truth.
-- Three kinds of rows:
--   (user, 'ord_…')          an order with its payment
--   (user, '')               the user: one row to make anonymous, whatever the number of orders
--   (0, 'product-<id>')      a product's present name, for lines that no stock was reserved for
-- No index but the key: a user's orders are read together, and each document changes twice in its first second.
CREATE TABLE order_history (
  user_id    bigint      NOT NULL,
  order_id   text        COLLATE "C" NOT NULL,
  document   jsonb       NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, order_id)
) WITH (fillfactor = 75);
