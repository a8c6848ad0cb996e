import { createHmac } from 'node:crypto'
import { createCommandRunner, type RunningOperation } from 'banyan/command'
import {
  anonymous,
  createInputValidator,
  type Call,
  type Contract,
  type InputOf,
  type Operation,
  type OutputOf,
} from 'banyan/contract'
import type { Principal, Reply, Wire } from 'banyan/contract'
import { randomText, systemClock, systemRandom, type Clock } from 'banyan/core'
import { createDatabase, createShards, type Database } from 'banyan/data'
import { silentLogger } from 'banyan/observe'
import type { ServiceDefinition, ServiceTools } from 'banyan/runtime'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'

export interface StartServiceOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly wire?: Wire
  /** An own one is started, without fsync, when absent. */
  readonly postgres?: TestPostgres
}

export interface CallOptions extends Partial<Call> {
  readonly principal?: Principal
}

/** One service on a throw-away PostgreSQL, called as a wire would call it: validated input, the command transaction. */
export interface StartedService<C extends Contract> extends AsyncDisposable {
  readonly database: Database
  readonly tools: ServiceTools
  call<Name extends keyof C['operations'] & string>(
    name: Name,
    input: InputOf<C['operations'][Name]>,
    options?: CallOptions,
  ): Promise<Reply<OutputOf<C['operations'][Name]>>>
  stop(): Promise<void>
}

export async function startService<C extends Contract>(
  definition: ServiceDefinition<C>,
  options: StartServiceOptions = {},
): Promise<StartedService<C>> {
  const postgres = options.postgres ?? (await startTestPostgres({ fsync: false }))
  const { contract } = definition
  const place = await postgres.schema(contract.name, [
    { area: 'log', folder: platformFolder('log') },
    { area: 'command', folder: platformFolder('command') },
    { area: contract.name, folder: definition.migrations },
  ])
  const database = createDatabase(place)
  const tools = createTools(database, options)
  const runner = createCommandRunner({
    ...tools,
    fingerprintSecret: tools.secret('fingerprints'),
    sagas: null,
    onAppend: () => {},
  })
  const { handlers } = definition.create(tools)
  const running = new Map(Object.keys(contract.operations).map((name) => [name, open(name)]))

  return {
    database,
    tools,
    call: (name, input, how) => running.get(name)!(input, createCall(tools.clock, how)) as Promise<never>,
    stop,
    [Symbol.asyncDispose]: stop,
  }

  function open(name: string): RunningOperation {
    const operation = contract.operations[name]!
    const handler = handlers[name as keyof typeof handlers] as (typeof handlers)[string]
    const validate = createInputValidator(operation)
    const run = toRunning(name, operation, handler)
    return async (input, call) => {
      validate(input)
      return run(input, call)
    }
  }

  function toRunning(name: string, operation: Operation, handler: (typeof handlers)[string]) {
    const id = `${contract.name}.${name}`
    if (handler.kind === 'query') return handler.run as RunningOperation
    if (operation.kind === 'query') throw new Error(`${id} is a query with a command's handler`)
    if (handler.kind === 'command') return runner.command(id, operation, handler.handler) as RunningOperation
    return runner.effect(id, operation, handler.handler) as RunningOperation
  }

  async function stop(): Promise<void> {
    await runner.drain()
    await database.stop()
    if (!options.postgres) await postgres.stop()
  }
}

function platformFolder(area: string): URL {
  return new URL(`../../../banyan/src/${area}/migrations/`, import.meta.url)
}

function createTools(database: Database, options: StartServiceOptions): ServiceTools {
  return {
    shards: createShards([database]),
    wire: options.wire ?? { call: () => Promise.reject(new Error('this test has no wire')) },
    clock: options.clock ?? systemClock,
    random: systemRandom,
    logger: silentLogger,
    settings: options.settings ?? {},
    secret: (purpose) => createHmac('sha256', 'a secret for tests').update(purpose).digest(),
  }
}

export function createCall(clock: Clock, options: CallOptions = {}): Call {
  return {
    principal: anonymous,
    key: randomText(systemRandom),
    deadlineAtMs: clock.monotonicMs() + 5_000,
    signal: new AbortController().signal,
    requestId: 'test',
    traceParent: null,
    saga: null,
    waitMs: 0,
    ifMatch: null,
    ...options,
  }
}

export function userPrincipal(id: string, more: Partial<Extract<Principal, { kind: 'user' }>> = {}): Principal {
  return { kind: 'user', id, role: 'customer', scopes: null, sessionId: null, ...more }
}
