CREATE TABLE balances (
  account text PRIMARY KEY,
  balance int  NOT NULL CHECK (balance >= 0),
  version int  NOT NULL
);
