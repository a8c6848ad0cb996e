import {
  anyone,
  createCall,
  defineCommand,
  defineContract,
  defineQuery,
  reply,
  type Call,
  type Reply,
} from '../../contract/index.ts'
import { defineErrors, type Clock, Type } from '../../core/index.ts'
import type { OperationCall } from '../middleware.ts'

export const storeErrors = defineErrors('store', {
  SOLD_OUT: { http: 409, grpc: 'ABORTED', effect: 'not-applied', retry: 'never', message: 'There is none left of it.' },
})

const nothing = { input: Type.Object({}), output: Type.Null(), access: anyone }

/** A service with one operation of each kind that retries treat differently. */
export const store = defineContract({
  name: 'store',
  errors: storeErrors,
  operations: {
    read: defineQuery({ ...nothing, summary: 'Reads.', http: 'GET /read' }),
    follow: defineQuery({ ...nothing, summary: 'Waits for news.', http: 'GET /follow', isHeld: true }),
    write: defineCommand({ ...nothing, summary: 'Writes.', http: 'POST /write', errors: [storeErrors.SOLD_OUT] }),
    logIn: defineCommand({ ...nothing, summary: 'Answers a secret.', http: 'POST /log-in', outcome: 'none' }),
  },
})

type OperationName = keyof typeof store.operations

export function createRequest(call: Partial<Call>, name: OperationName = 'read'): OperationCall {
  return {
    id: `store.${name}`,
    operation: store.operations[name],
    input: {},
    call: { ...createCall({ key: name === 'read' ? null : 'k' }), ...call },
    tried: [],
  }
}

/** A call with a deadline by the test's clock. */
export function callIn(clock: Clock, timeoutMs: number, more: Partial<Call> = {}): Call {
  return { ...createCall({ clock, timeoutMs }), ...more }
}

interface PendingCall {
  readonly untilMs: number
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** A backend whose calls end when the test says so. */
export function createScriptedBackend() {
  let pending: PendingCall[] = []
  let isWell = false

  function end(which: number, error: unknown): PendingCall | undefined {
    const ended = pending[which % Math.max(1, pending.length)]
    pending = pending.filter((one) => one !== ended)
    if (error === null) ended?.resolve(reply(null))
    else ended?.reject(error)
    return ended
  }

  return {
    get pending(): readonly PendingCall[] {
      return pending
    },
    handle: ({ call }: OperationCall): Promise<Reply> =>
      isWell
        ? Promise.resolve(reply(null))
        : new Promise((resolve, reject) => pending.push({ untilMs: call.deadlineAtMs, resolve, reject })),
    end,
    endAll(error: unknown = null): void {
      while (pending.length > 0) end(0, error)
    },
    /** From now on it answers at once. */
    heal(): void {
      isWell = true
    },
  }
}
