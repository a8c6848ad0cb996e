-- The sandbox provider's own books. They stand for a foreign company's: another schema, another role, commits of
-- their own, and nothing of the shop in them but the names it sent.
CREATE TABLE charges (
  -- The idempotency key: the shop's payment id.
  key          text COLLATE "C" PRIMARY KEY,
  order_id     text COLLATE "C" NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  method       text NOT NULL,
  -- How often the request came; a method may fail its first ones.
  attempts     integer NOT NULL DEFAULT 1,
  outcome      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN method IN ('pm_visa', 'pm_timeout', 'pm_refund_fails') THEN 'captured'
      WHEN method = 'pm_error' THEN CASE WHEN attempts > 2 THEN 'captured' ELSE 'failing' END
      WHEN method = 'pm_declined' THEN 'card_declined'
      WHEN method = 'pm_insufficient_funds' THEN 'insufficient_funds'
      ELSE 'unknown_payment_method'
    END) STORED,
  at           timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE refunds (
  -- The idempotency key: the shop's refund id.
  key          text COLLATE "C" PRIMARY KEY,
  charge_key   text COLLATE "C" NOT NULL,
  order_id     text COLLATE "C" NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  -- Null: the money went back.
  refused      text,
  at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refunds_of_charge ON refunds (charge_key);

CREATE VIEW entries AS
  SELECT key AS id, order_id, key AS payment_id, 'capture' AS kind, amount_minor, at
  FROM charges WHERE outcome = 'captured'
  UNION ALL
  SELECT key, order_id, charge_key, 'refund', amount_minor, at
  FROM refunds WHERE refused IS NULL;
