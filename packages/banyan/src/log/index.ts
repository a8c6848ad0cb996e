export { appendEvents, MAX_PAYLOAD_CHARACTERS, type TracedEvent } from './append.ts'
export { logErrors } from './errors.ts'
export { logName, type LogId, type LogSource, type NewEvent, type StoredEvent } from './event.ts'
