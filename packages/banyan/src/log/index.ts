export { logName, type LogId, type LogSource, type NewEvent, type StoredEvent } from './event.ts'
