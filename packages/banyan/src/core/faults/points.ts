/** What stands between two effects, and what a fault there leaves behind. docs/reference/fault-points.md is generated from it. */
interface PointText {
  /** What has been done when it is reached, and what has not. */
  readonly between: string
  /** What names one among many: `checkout/charge`. */
  readonly subject?: string
  /** It follows a COMMIT: what throws there is a caller's lost answer, not a failed effect. */
  readonly afterCommit?: true
}

const OPERATION = 'operation, `orders.placeOrder`'
const STEP = 'saga and step, `checkout/charge`'
const CONSUMER = 'consumer'

/** Every named fault point. A test walks that a run of the shop reaches each. */
export const faultPoints = {
  'gateway.request-accepted': {
    between: 'The gateway has accepted a request; no service has heard of it.',
    subject: OPERATION,
  },
  'gateway.answer-ready': { between: 'The service has answered; the client has not been.', subject: OPERATION },
  'command.claimed': { between: 'A batch has its keys and its rows locked; nothing is decided.', subject: OPERATION },
  'command.effect-done': {
    between: 'The rows, the outcome and the events of a batch are written; COMMIT is not sent.',
    subject: OPERATION,
  },
  'command.committed': {
    between: 'A batch is committed; nobody acts for its sagas, no consumer is woken, no caller is answered.',
    subject: OPERATION,
    afterCommit: true,
  },
  'effect.intent-recorded': {
    between: 'The intent is committed; the outside has not been called.',
    subject: OPERATION,
  },
  'effect.performed': { between: 'The outside has done it; its answer is not recorded.', subject: OPERATION },
  'saga.step-before': { between: 'A saga is about to call a step.', subject: STEP },
  'saga.step-after': { between: 'A step has answered; the saga goes on with the next.', subject: STEP },
  'saga.turned-back': { between: 'It is written that a saga turns back; nothing is compensated.', subject: 'saga' },
  'saga.compensation-before': { between: 'A saga is about to undo a step.', subject: STEP },
  'saga.compensation-after': { between: 'A step is undone; the saga goes on with the one before.', subject: STEP },
  'saga.taken-over': { between: 'The sagas of a dead process are this one’s in the database; nobody acts for them.' },
  'consumer.attempt-counted': {
    between: 'The attempt at a batch of events is counted; nothing is applied.',
    subject: CONSUMER,
  },
  'consumer.handled': { between: 'The effect of events is written; their positions are not moved.', subject: CONSUMER },
  'consumer.applied': {
    between: 'Effect and positions are committed; the process does not know it.',
    subject: CONSUMER,
    afterCommit: true,
  },
  'relay.published': {
    between: 'The broker has acknowledged events; the log is not marked as relayed.',
    subject: 'log',
  },
  'start.planned': { between: 'The settings are read; nothing is open.' },
  'start.database-open': { between: 'The database server answers; no service is open.' },
  'start.services-open': { between: 'Schemas are up to date and services are open; nobody can reach them.' },
  'start.wire-open': { between: 'Other processes can call; consumers and sagas do not run.' },
  'start.consumers-started': { between: 'Consumers run; nobody acts for sagas.' },
  'start.sagas-started': { between: 'The leases are taken and sagas acted for; the edge is closed.' },
  'start.filled': { between: 'The first start has filled the system; the edge is closed.' },
  'start.gateway-open': { between: 'Clients come in; nobody has been told that it is ready.' },
  'drain.begun': { between: 'The process was told to end; everything still runs.' },
  'drain.gateway-closed': { between: 'The edge is closed; consumers, sagas and the wire still run.' },
  'drain.consumers-stopped': { between: 'Consumers have stopped; other processes still call.' },
  'drain.wire-drained': { between: 'Nobody calls any more; sagas still have their leases.' },
  'drain.sagas-stopped': { between: 'Nobody acts for the sagas of this process; their leases are not given back.' },
  'drain.leases-released': { between: 'Others may take over; commands in hand are not finished.' },
  'drain.services-closed': { between: 'All services are closed; the database server still runs.' },
} as const satisfies Readonly<Record<string, PointText>>

export type FaultPoint = keyof typeof faultPoints

export function isFaultPoint(name: string): name is FaultPoint {
  return Object.hasOwn(faultPoints, name)
}

export function describePoint(point: FaultPoint): PointText {
  return faultPoints[point]
}
