import {
  createSerializer,
  decodeInput,
  operationId,
  type Contract,
  type EncodedInput,
  type Frontier,
  type Reply,
  type Serializer,
  type Wire,
} from '../contract/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { Logger, Metrics } from '../observe/index.ts'
import { createBalancer, type Balancer, type InstanceState } from './balancing/balancer.ts'
import { createStrategy } from './balancing/create-strategy.ts'
import type { StrategyName } from './balancing/strategy.ts'
import { verdictOf } from './balancing/verdict.ts'
import type { Discovery } from './discovery/discovery.ts'
import type { Credentials } from './identity/credentials.ts'
import { meshErrors } from './mesh-errors.ts'
import { isHeld, type CallHandler, type OperationCall } from './middleware.ts'
import { createOutageLog, type OutageLog } from './outage-log.ts'
import { createRecentClock, type RecentClock } from './recent-clock.ts'
import { resolvePolicies, type PolicyOverrides } from './resilience/call-policies.ts'
import { createResilientWire, type ResilientWire } from './resilience/resilient-wire.ts'
import type { InstanceWire, Transport } from './transport.ts'

export interface RemoteWireOptions {
  readonly contract: Contract
  readonly discovery: Discovery
  readonly transport: Transport
  /** Default `p2c-ewma`. */
  readonly strategy?: StrategyName
  /** What differs from the contract. */
  readonly overrides?: PolicyOverrides
  readonly credentials: Credentials
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  /** Learns how far the logs have come from the answers. Default: nothing is learned. */
  readonly frontier?: Frontier
}

/** What people see of a service that this process calls. */
export interface DependencyState {
  readonly service: string
  /** Whether any instance can be called. */
  readonly reachable: boolean
  /** Whether any has ever answered this process, a call or a probe. */
  readonly hasAnswered: boolean
  readonly openBreakers: ReturnType<ResilientWire['openBreakers']>
  readonly instances: readonly InstanceState[]
}

/** The wire to a service in other processes, however many there are. */
export interface RemoteWire extends Wire {
  /** Always there: where the transport carries no text, it is made here. */
  callEncoded: NonNullable<Wire['callEncoded']>
  state(): DependencyState
  /** Resolves when one instance answers. @throws `mesh.NO_INSTANCE` when none does */
  probe(signal: AbortSignal): Promise<void>
  /** Fails what is under way with `mesh.CONNECTION_LOST`, ends watching and probing. Idempotent. */
  stop(): Promise<void>
}

/**
 * Chooses an instance for each attempt and protects the calls by the policy.
 * @throws `api.INVALID_OPTIONS` with every fault of the overrides at once.
 */
export function createRemoteWire(options: RemoteWireOptions): RemoteWire {
  const { contract, discovery, transport, random, logger } = options
  const clock = createRecentClock(options.clock)
  const service = contract.name
  const policies = resolvePolicies(contract, options.overrides)
  const outages = createOutageLog(service, logger, clock)
  const balancer = createBalancer({
    ...options,
    clock,
    service,
    policy: policies.service,
    strategy: createStrategy(options.strategy ?? 'p2c-ewma', random),
    connect: ({ address }) => transport.connect({ ...options, address }),
    onProbePassed: outages.noteAnswer,
    onAllSilent: outages.noteOutage,
  })
  const attempts = createAttempts({ contract, balancer, outages, clock })
  const wire = createResilientWire({ ...options, clock, policies, attempts })
  const unwatch = discovery.watch(service, balancer.update)
  let stopped: Promise<void> | null = null

  return {
    call: wire.call,
    callEncoded: wire.callEncoded!,
    state: () => ({
      service,
      reachable: balancer.hasFit(),
      hasAnswered: outages.hasAnswered,
      openBreakers: wire.openBreakers(),
      instances: balancer.state(),
    }),
    probe: balancer.probe,
    stop() {
      unwatch()
      outages.stop()
      return (stopped ??= balancer.stop())
    },
  }
}

interface AttemptTools {
  readonly contract: Contract
  readonly balancer: Balancer
  readonly outages: OutageLog
  readonly clock: RecentClock
}

type Send = (wire: InstanceWire, request: OperationCall) => Promise<Reply>

function createAttempts(tools: AttemptTools) {
  return {
    call: createAttempt(tools, (wire, { id, input, call }) => wire.call(id, input, call)),
    callEncoded: createAttempt(tools, createEncodedSend(tools.contract)),
  }
}

function createAttempt(
  { contract: { name: service }, balancer, outages, clock }: AttemptTools,
  send: Send,
): CallHandler {
  return (request) => {
    const member = balancer.pick(request.call, request.tried ?? NONE)
    if (member === null) {
      const error = meshErrors.NO_INSTANCE({ service, known: balancer.state().length })
      outages.noteOutage(error)
      return Promise.reject(error)
    }
    request.tried?.push(member.id)
    const startMs = clock.recentMs() // the deadline has just been looked at
    member.begin()
    return send(member.wire, request).then(
      (reply) => {
        // A long poll would make the instance that holds it look slow, and p2c would send the others' calls elsewhere.
        member.finish('works', isHeld(request) ? null : clock.monotonicMs() - startMs)
        outages.noteAnswer()
        return reply
      },
      (error: unknown) => {
        const tookMs = clock.monotonicMs() - startMs
        const verdict = verdictOf(error, request.operation, tookMs)
        member.finish(verdict, tookMs)
        if (verdict === 'works' || verdict === 'full') outages.noteAnswer()
        else if ((verdict === 'unreached' || verdict === 'lost') && !balancer.hasFit()) outages.noteOutage(error)
        throw error
      },
    )
  }
}

const NONE: readonly string[] = []

/** A transport without text gets the decoded input, and its answer is written as text here. */
function createEncodedSend(contract: Contract): Send {
  const writers = new Map<string, Serializer>()
  for (const [name, { output }] of Object.entries(contract.operations)) {
    writers.set(operationId(contract, name), createSerializer(output))
  }

  return async (wire, { id, input, call }) => {
    const encoded = input as EncodedInput
    if (wire.callEncoded) return wire.callEncoded(id, encoded, call)
    const reply = await wire.call(id, decodeInput(encoded), call)
    return { ...reply, data: Buffer.from(writers.get(id)!(reply.data)) }
  }
}
