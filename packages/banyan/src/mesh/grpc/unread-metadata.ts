import {
  logVerbosity,
  ResponderBuilder,
  ServerInterceptingCall,
  ServerListenerBuilder,
  setLogger,
  setLogVerbosity,
  type Metadata,
  type ServerInterceptor,
} from '@grpc/grpc-js'

/**
 * grpc-js leaves out metadata that it cannot read (a byte beyond ASCII) and goes on with the rest: a command whose idempotency key is
 * left out would run as if it had none. Only its log says so, in these words (`Metadata.fromHttp2Headers`, 1.14.7; a test fails when
 * they change), and nothing that it hands out holds the headers as they came. It logs in the turn in which it makes the call of a
 * server, right before the interceptors: so what it has said there is of that call.
 */
const UNREAD = /^Failed to add metadata entry ([^:]+): /
const MARK = 'banyan-unread'

/** The library has one log for the whole process, so this is one too. */
const unread = new Set<string>()

/**
 * Keeps what grpc-js logs to ourselves: it would write to stderr, past the logger, with the values that it could not read, a token among
 * them; with `GRPC_TRACE` those of every call. Idempotent.
 */
export function hearLibrary(): void {
  setLogVerbosity(logVerbosity.ERROR)
  setLogger({ error: note, info: note, debug: note })
}

function note(message: unknown): void {
  const name = UNREAD.exec(String(message))?.[1]
  if (name === undefined) return
  unread.add(name)
  // Of an answer that a client reads, which has no interceptor: no call that comes later is to bear it.
  queueMicrotask(() => unread.clear())
}

/** Marks the metadata of a call of which some was left out. */
export const markUnread: ServerInterceptor = (_, call) => {
  if (unread.size === 0) return call as ServerInterceptingCall
  const names = new Set(unread)
  unread.clear()
  const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, next) => {
    metadata.setOpaque(MARK, names)
    next(metadata)
  })
  const responder = new ResponderBuilder().withStart((next) => next(listener.build()))
  return new ServerInterceptingCall(call, responder.build())
}

/** Whether this entry came, but could not be read. */
export function isUnread(metadata: Metadata, name: string): boolean {
  return (metadata.getOpaque(MARK) as ReadonlySet<string> | undefined)?.has(name) ?? false
}
