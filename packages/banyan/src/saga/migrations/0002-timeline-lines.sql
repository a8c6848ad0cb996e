-- The timeline as lines of JSON: it is only ever appended to and read whole, and jsonb was parsed and rebuilt for it with
-- every end of a saga.
ALTER TABLE banyan_sagas ADD COLUMN lines text NOT NULL DEFAULT '';
UPDATE banyan_sagas SET lines = (
  SELECT coalesce(string_agg(entry::text || E'\n', '' ORDER BY place), '')
  FROM jsonb_array_elements(timeline) WITH ORDINALITY AS entries (entry, place)
);
ALTER TABLE banyan_sagas DROP COLUMN timeline;
ALTER TABLE banyan_sagas RENAME COLUMN lines TO timeline;
