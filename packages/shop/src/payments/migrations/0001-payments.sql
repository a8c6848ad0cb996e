-- One payment per order: both ids share owner and random part (`ord_42_x` is paid by `pay_42_x`), so the primary key
-- is the uniqueness by order, and the order's id needs neither a column nor an index.
--
-- A checkout costs this table one insert and one update; each further index would be paid by both.
CREATE TABLE payments (
  user_id         bigint NOT NULL,
  payment_id      text COLLATE "C" NOT NULL,
  status          text COLLATE "C" NOT NULL
    CHECK (status IN ('pending', 'needs-attention', 'captured', 'declined', 'void')),
  amount_minor    bigint NOT NULL,
  -- Sums over `refunds`, kept beside the capture so that one CHECK bounds them. Their writer holds this row's lock.
  refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  refunding_minor bigint NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0),
  currency        text COLLATE "C" NOT NULL DEFAULT 'USD' CHECK (currency = 'USD'),
  provider        text COLLATE "C" NOT NULL,
  method          text NOT NULL,
  -- The provider's own name for the charge, where refunds need it.
  provider_ref    text,
  -- Why it was declined.
  reason          text,
  compensated_at  timestamptz,
  refund_count    smallint NOT NULL DEFAULT 0,
  -- Counts its events.
  version         integer NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL,
  settled_at      timestamptz,
  -- Of what the API shows.
  changed_at      timestamptz NOT NULL,
  -- When the resolver looks at it next, and how often it has looked. Only for `pending`.
  retry_at        timestamptz NOT NULL,
  attempts        smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, payment_id),
  CHECK (payment_id LIKE 'pay\_' || user_id || '\_%'),
  CHECK (amount_minor > 0 OR status = 'void'),
  CHECK (refunded_minor + refunding_minor <= CASE status WHEN 'captured' THEN amount_minor ELSE 0 END),
  CHECK ((status = 'declined') = (reason IS NOT NULL)),
  CHECK ((status IN ('pending', 'needs-attention')) = (settled_at IS NULL))
);

-- Small for ever: a payment leaves it when it is settled.
CREATE INDEX payments_open ON payments (retry_at) WHERE status = 'pending';

CREATE TABLE refunds (
  user_id      bigint NOT NULL,
  payment_id   text COLLATE "C" NOT NULL,
  number       smallint NOT NULL CHECK (number > 0),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  status       text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'needs-attention', 'succeeded', 'failed')),
  cause        text COLLATE "C" NOT NULL CHECK (cause IN ('admin', 'compensation')),
  -- Why the order was cancelled; null for an admin's refund.
  note         text,
  -- Why the provider refused.
  reason       text,
  created_at   timestamptz NOT NULL,
  settled_at   timestamptz,
  retry_at     timestamptz NOT NULL,
  attempts     smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, payment_id, number),
  FOREIGN KEY (user_id, payment_id) REFERENCES payments,
  CHECK ((status = 'failed') = (reason IS NOT NULL)),
  CHECK ((status IN ('pending', 'needs-attention')) = (settled_at IS NULL))
);

CREATE INDEX refunds_open ON refunds (retry_at) WHERE status = 'pending';
