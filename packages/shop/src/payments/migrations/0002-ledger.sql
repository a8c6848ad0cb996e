-- The double-entry ledger (ledger.ts). A row debits one account and credits another by one amount, so every
-- transaction sums to zero by construction.
--
-- Accounts are bound by CHECK, not by a foreign key: a reference locks its account's row in each insert, and all
-- checkouts of the shop would meet at three rows.
CREATE TABLE ledger_transfers (
  user_id      bigint NOT NULL,
  -- The payment's or the refund's id: the key that keeps money from moving twice.
  transfer_id  text COLLATE "C" NOT NULL,
  debit        text COLLATE "C" NOT NULL CHECK (debit IN ('provider_clearing', 'sales', 'refunds')),
  credit       text COLLATE "C" NOT NULL CHECK (credit IN ('provider_clearing', 'sales', 'refunds')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency     text COLLATE "C" NOT NULL DEFAULT 'USD' CHECK (currency = 'USD'),
  recorded_at  timestamptz NOT NULL,
  PRIMARY KEY (user_id, transfer_id),
  CHECK (debit <> credit)
);

-- Rows never change. For each statement, not each row: inserts pay nothing. Cleaning a range that has moved to
-- another shard is the one exception: it runs with session_replication_role = replica.
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger_transfers is append-only: % refused. Correct an entry by a new transfer.', TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_is_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfers
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

-- Debits are positive.
CREATE VIEW ledger_entries AS
  SELECT user_id, transfer_id, debit AS account, amount_minor, currency, recorded_at FROM ledger_transfers
  UNION ALL
  SELECT user_id, transfer_id, credit, -amount_minor, currency, recorded_at FROM ledger_transfers;

CREATE VIEW ledger_balances AS
  SELECT account, currency, sum(amount_minor) AS balance_minor FROM ledger_entries GROUP BY account, currency;
