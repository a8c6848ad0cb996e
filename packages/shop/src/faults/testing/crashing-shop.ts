// A shop that ends itself at one point: see crash-points.fault.test.ts. Argument: CrashPlan as JSON. Without a point it waits to
// be killed from outside: see crash-in-charge.fault.test.ts.
import { flushCompileCache } from 'node:module'
import { ownerOfId } from 'banyan/core'
import type { ConnectionOptions } from 'banyan/data'
import type { Middleware, OperationCall } from 'banyan/mesh'
import { startShop } from '../../testing/shop-fixture.ts'

export interface CrashPlan {
  readonly connection: ConnectionOptions
  /** Of the process; its sagas carry it. */
  readonly name: string
  readonly environment?: Readonly<Record<string, string>>
  readonly point?: CrashPoint
}

export interface CrashPoint {
  /** `payments.charge` */
  readonly operation: string
  /** `before` the operation has done anything, or `after` it has committed and before its answer arrives. */
  readonly when: 'before' | 'after'
  /** Only calls about this user's orders count, so that work taken over from others passes. */
  readonly userId: string
}

const plan = JSON.parse(process.argv[2]!) as CrashPlan

const crash: Middleware = (next) => async (request) => {
  const { point } = plan
  const isThePoint = request.id === point?.operation && userOf(request) === point.userId
  if (isThePoint && point?.when === 'before') await die()
  try {
    return await next(request)
  } finally {
    if (isThePoint) await die() // a declared refusal is an effect too: its row is committed
  }
}

function userOf({ input }: OperationCall): string | null {
  const { userId, orderId } = input as { readonly userId?: string; readonly orderId?: string }
  return userId ?? ownerOfId('ord', orderId ?? '')
}

/** The signal may take a moment to arrive; until then nothing goes on. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

const { name, environment } = plan
const { url } = await startShop({ postgres: plan, name, middleware: [crash], environment })
flushCompileCache() // usually done at the end, which none of these gets: each would compile everything anew
process.stdout.write(`ready ${url}\n`)
