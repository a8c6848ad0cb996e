import { operationId, type Contract, type Operation, type Reply, type Wire } from '../../contract/index.ts'
import type { Random } from '../../core/index.ts'
import type { Logger, Metrics } from '../../observe/index.ts'
import { createCallWatch } from '../call-watch.ts'
import { meshErrors } from '../mesh-errors.ts'
import { compose, type CallHandler, type Middleware } from '../middleware.ts'
import type { RecentClock } from '../recent-clock.ts'
import { createBreaker, type Breaker } from './breaker.ts'
import { createBulkhead } from './bulkhead.ts'
import { createDeadline } from './deadline.ts'
import { createObservedCalls } from './observed-calls.ts'
import type { CallPolicies } from './call-policies.ts'
import { createRetryBudget } from './retry-budget.ts'
import { createRetry } from './retry.ts'
import { createThrottle } from './throttle.ts'

/** How one attempt leaves: to the instance that a balancer chose, or to the endpoint in this process. */
export interface Attempts {
  readonly call: CallHandler
  /** For calls whose input is encoded. Absent where no text is carried. */
  readonly callEncoded?: CallHandler
}

export interface ResilientWireOptions {
  readonly contract: Contract
  readonly policies: CallPolicies
  readonly attempts: Attempts
  readonly clock: RecentClock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

export interface ResilientWire extends Wire {
  /** Operations whose breaker is not closed. */
  openBreakers(): readonly { readonly operation: string; readonly state: 'open' | 'half-open' }[]
}

/**
 * Protects the calls to one service. From outside in: metrics, bulkhead, throttle, retry, breaker, deadline. The deadline
 * stands inside the breaker, or timeouts would be hidden from it (a fault of Moleculer's); the breaker stands inside the retry,
 * so that each attempt asks it. Bulkhead and budget are the service's; breaker and throttle the operation's, because a table that is
 * locked or a queue of log-ins that is full says nothing of the others. An operation can have a bulkhead of its own, too.
 */
export function createResilientWire(options: ResilientWireOptions): ResilientWire {
  const { contract, attempts, clock } = options
  const layersOf = createLayers(options)
  const routes = new Map<string, Route>()
  for (const [name, operation] of Object.entries(contract.operations)) {
    const id = operationId(contract, name)
    const { layers, breaker } = layersOf(name, operation)
    const callEncoded = attempts.callEncoded && compose(layers, attempts.callEncoded)
    routes.set(id, { operation, breaker, call: compose(layers, attempts.call), callEncoded })
  }

  const send = (handler: 'call' | 'callEncoded'): NonNullable<Wire['callEncoded']> => {
    return (id, input, call) => {
      const route = routes.get(id)
      const handle = route?.[handler]
      if (!handle) return Promise.reject(meshErrors.UNKNOWN_OPERATION({ service: contract.name, operation: id }))
      return handle({
        id,
        operation: route.operation,
        input,
        call,
        tried: [],
        startedMs: clock.monotonicMs(),
      }) as Promise<Reply<Uint8Array>>
    }
  }

  return {
    call: send('call') as Wire['call'],
    ...(attempts.callEncoded && { callEncoded: send('callEncoded') }),
    openBreakers: () =>
      [...routes].flatMap(([operation, { breaker }]) => {
        const state = breaker.state()
        return state === 'closed' ? [] : [{ operation, state }]
      }),
  }
}

interface Route {
  readonly operation: Operation
  readonly breaker: Breaker
  readonly call: CallHandler
  readonly callEncoded: CallHandler | undefined
}

function createLayers({ contract, policies, clock, random, logger, metrics }: ResilientWireOptions) {
  const service = contract.name
  const policy = policies.service
  const watch = createCallWatch(clock)
  const bulkhead = createBulkhead({ to: service, policy: policy.bulkhead, watch })
  const budget = createRetryBudget(policy.retry, clock)
  const counters = retryCounters(metrics, service)
  const deadline = createDeadline({ clock, watch })
  metrics.gaugeOf(
    { name: 'banyan_calls_in_flight', help: 'Calls of this process to the service.', labels: { service } },
    () => bulkhead.inFlight,
  )

  return (
    name: string,
    operation: Operation,
  ): { readonly layers: readonly Middleware[]; readonly breaker: Breaker } => {
    const id = operationId(contract, name)
    const own = policies.of(name)
    const breaker = createBreaker({ policy: own.breaker, clock, onChange: noteBreaker(id, logger, metrics) })
    const observed = createObservedCalls({ id, operation, metrics, clock })
    const compartment = own.bulkhead && createBulkhead({ to: id, policy: own.bulkhead, watch })
    const bulkheads = compartment ? [bulkhead.middleware, compartment.middleware] : [bulkhead.middleware]
    const throttle = createThrottle({ to: id, policy: policy.throttle, clock, random })
    const retry = createRetry({ policy: own.retry, budget, clock, random, counters })
    return { breaker, layers: [observed, ...bulkheads, throttle, retry, breaker.middleware, deadline] }
  }
}

function retryCounters(metrics: Metrics, service: string) {
  const counter = (name: string, help: string) => metrics.counter({ name, help, labels: { service } })
  return {
    repeated: counter('banyan_retries_total', 'Attempts after the first.'),
    refused: counter('banyan_retries_refused_total', 'Retries that the budget did not allow.'),
  }
}

function noteBreaker(operation: string, logger: Logger, metrics: Metrics) {
  const help = '0 closed, 1 one probe is under way, 2 open.'
  const gauge = metrics.gauge({ name: 'banyan_breaker_state', help, labels: { operation } })
  let isSaid = false
  return (state: ReturnType<Breaker['state']>): void => {
    gauge.set(LEVELS[state])
    // Of a long outage not each probe that failed: once that it opened, once that it closed.
    if (state === 'open' && !isSaid) logger.warn({ operation }, 'too many calls fail: the breaker is open')
    if (state === 'closed') logger.info({ operation }, 'calls work again: the breaker is closed')
    isSaid = state !== 'closed'
  }
}

const LEVELS = { closed: 0, 'half-open': 1, open: 2 } as const
