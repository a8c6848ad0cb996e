-- Orders live with their user: the user comes first in every key, so that a range of users can move to another shard.
CREATE TABLE orders (
  user_id             bigint      NOT NULL,
  id                  text        COLLATE "C" NOT NULL,
  status              text        NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelling', 'cancelled')),
  reason              text,
  -- What was asked for, before the reservation gave it names and prices: [{productId, quantity}].
  requested           json        NOT NULL,
  total_minor         bigint      CHECK (total_minor > 0),
  payment_id          text        COLLATE "C",
  -- Set while pending: confirm refuses, and checkout turns back.
  cancel_requested_at timestamptz,
  -- Counts the order's events.
  version             int         NOT NULL,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (user_id, id),
  CHECK ((status = 'cancelled') = (reason IS NOT NULL)),
  CHECK (status IN ('pending', 'cancelled') OR (total_minor IS NOT NULL AND payment_id IS NOT NULL))
) WITH (fillfactor = 85);
-- No index holds the status: an order's one or two changes of it then stay on its page (HOT updates).
CREATE INDEX orders_by_user ON orders (user_id, created_at DESC, id DESC);
CREATE INDEX orders_by_time ON orders (created_at DESC, id DESC);

-- Lines as they were reserved: name and price stay with the order, whatever becomes of the product.
CREATE TABLE order_items (
  user_id          bigint NOT NULL,
  order_id         text   COLLATE "C" NOT NULL,
  line             int    NOT NULL,
  product_id       text   NOT NULL,
  name             text   NOT NULL,
  quantity         int    NOT NULL CHECK (quantity > 0),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
  PRIMARY KEY (user_id, order_id, line)
);
