export {
  appendEvents,
  lastPosition,
  MAX_PAYLOAD_CHARACTERS,
  type Appended,
  type PendingAppend,
  type TracedEvent,
} from './append.ts'
export { createFollowing } from './following.ts'
export { auditLog } from './audit.ts'
export { logErrors } from './errors.ts'
export { firstLog, logName, type LogId, type LogSource, type NewEvent, type StoredEvent } from './event.ts'
export { readAggregate, tailLog, type ReadAggregateOptions, type TailOptions } from './read.ts'
export { createLogSource, type LocalLogSource, type LogSourceOptions } from './local/source.ts'
export { createLogFeed, type LogFeed, type LogFeedOptions } from './remote/log-feed.ts'
export { withLogOperations } from './remote/log-operations.ts'
export {
  createRemoteLogSource,
  type OfferedEvent,
  type RemoteLogSource,
  type RemoteLogSourceOptions,
} from './remote/remote-source.ts'
export { createPulse, type Pulse, type PulseOptions } from './pulse.ts'
export { createTroubleLog } from './trouble-log.ts'
