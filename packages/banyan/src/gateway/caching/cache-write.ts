import type { ApplicationCache, Brought, WritePlan, WriteStart } from '../../cache/index.ts'
import type { Reply } from '../../contract/index.ts'
import { isDeclared } from '../../core/index.ts'
import type { Ready } from '../operations/carrier.ts'
import type { View } from './cached-views.ts'

/** Carries out a command, and what it changed is gone from the cache before anybody hears of it. */
export type RunWrite = (ready: Ready, run: () => Promise<Reply>) => Promise<Reply>

export function createCacheWrite(cache: ApplicationCache<View>, plan: WritePlan): RunWrite {
  return async (ready, run) => {
    const start = cache.beginWrite(plan.written ? tagsBefore(ready) : [])
    let reply: Reply | null = null
    try {
      reply = await run()
      return reply
    } catch (error) {
      if (isRefusedUnread(error)) throw error
      invalidate(ready, null, start)
      throw error
    } finally {
      if (reply) invalidate(ready, reply, start)
    }
  }

  function tagsBefore(ready: Ready): readonly string[] {
    try {
      return plan.tagsOf(ready.wholeInput(), null)
    } catch {
      return [] // nobody has validated it yet: the service will refuse it, and say why
    }
  }

  /** Also after a failure: a declined card has moved stock, and what became of a lost answer nobody knows. */
  function invalidate(ready: Ready, reply: Reply | null, start: WriteStart): void {
    const output = reply && outputOf(reply)
    const brought = output !== null && reply !== null ? write(output, reply, start) : null
    const tags = plan.tagsOf(ready.wholeInput(), output)
    if (tags.length > 0) cache.invalidate(tags, { kind: 'write', brought })
  }

  /** The answer that the writer brought; `null`: none was kept. A repeated command tells how things were then. */
  function write(output: unknown, { versions, changedAt, replayed }: Reply, start: WriteStart): Brought | null {
    if (plan.written === null || replayed) return null
    const { operation, inputOf, encode } = plan.written
    const input = inputOf(output)
    return cache.write({ operation, input, answer: { data: encode(output), versions, changedAt }, start })
  }
}

/** The service did not even accept the text: it cannot be read here either. */
function isRefusedUnread(error: unknown): boolean {
  return isDeclared(error) && error.http === 400
}

function outputOf({ data }: Reply): unknown {
  return data instanceof Uint8Array ? JSON.parse(Buffer.from(data).toString()) : data
}
