CREATE TABLE applied (
  aggregate_id text COLLATE "C" NOT NULL,
  version      integer NOT NULL,
  PRIMARY KEY (aggregate_id, version)
);
