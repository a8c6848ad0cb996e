-- The trace of the command that began the saga (W3C traceparent): steps go on with it, whichever process makes them.
ALTER TABLE banyan_sagas ADD COLUMN trace_parent text;
