import { faultPoints, type FaultPoint } from 'banyan/core'

/** One cell's crash: where the process dies, and what drives it there. */
export interface CrashRow {
  /** As BANYAN_FAULTS takes it; the last of several is the one that the row is about. */
  readonly faults: string
  readonly point: FaultPoint
  readonly subject: string | null
  /**
   * - `story`: while orders are placed, declined and cancelled.
   * - `start`: while it starts.
   * - `stop`: while it drains.
   */
  readonly drive: 'story' | 'start' | 'stop'
  readonly needsBroker: boolean
}

const CHECKOUT = ['reserve', 'charge', 'complete'].map((step) => `orders.checkout/${step}`)
const CANCEL = ['refund', 'release', 'complete'].map((step) => `orders.cancel/${step}`)
const STEPS = [...CHECKOUT, ...CANCEL]
const UNDONE = ['charge', 'reserve', 'abandon'].map((step) => `orders.checkout/${step}`)

/** What each point that is about many things is tried for; any other is tried for the first thing that comes along. */
const SUBJECTS: Partial<Record<FaultPoint, readonly string[]>> = {
  'gateway.request-accepted': ['orders.placeOrder', 'orders.cancelOrder'],
  'gateway.answer-ready': ['orders.placeOrder', 'orders.cancelOrder'],
  'command.claimed': ['orders.placeOrder', 'products.reserveStock'],
  'command.effect-done': [
    'orders.placeOrder',
    'products.reserveStock',
    'payments.charge#settle',
    'orders.confirmOrder',
  ],
  'command.committed': [
    'orders.placeOrder',
    'products.reserveStock',
    'payments.charge#prepare',
    'payments.charge#settle',
    'orders.confirmOrder',
    'orders.cancelOrder',
  ],
  'effect.intent-recorded': ['payments.charge', 'payments.refundOrder'],
  'effect.performed': ['payments.charge', 'payments.refundOrder'],
  'saga.step-before': STEPS,
  'saga.step-after': STEPS,
  'saga.compensation-before': UNDONE,
  'saga.compensation-after': UNDONE,
}

/** A take-over needs somebody who died before. */
const BEFORE: Partial<Record<FaultPoint, string>> = {
  'saga.taken-over': 'saga.step-after(orders.checkout/reserve)=exit',
}

/** Every point, and each thing that it is worth trying for. */
export const CRASH_ROWS: readonly CrashRow[] = (Object.keys(faultPoints) as FaultPoint[]).flatMap((point) =>
  (SUBJECTS[point] ?? [null]).map((subject): CrashRow => {
    const fault = `${point}${subject === null ? '' : `(${subject})`}=exit`
    const before = BEFORE[point]
    return {
      faults: before === undefined ? fault : `${before};${fault}`,
      point,
      subject,
      drive: point.startsWith('start.') ? 'start' : point.startsWith('drain.') ? 'stop' : 'story',
      needsBroker: point.startsWith('relay.'),
    }
  }),
)
