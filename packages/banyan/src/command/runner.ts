import { createSecretKey } from 'node:crypto'
import { pathParameters, type Call, type Command, type Reply } from '../contract/index.ts'
import { noFaults } from '../core/index.ts'
import { inThreeParts, toSettle } from './effect.ts'
import { createLane, type Lane } from './lane/lane.ts'
import type { AnyCommandHandler, AnyEffectHandler } from './operation.ts'
import { createPresumption } from './transaction/presumption.ts'
import type { CommandRunnerOptions } from './runner-options.ts'

export type RunningOperation<Input = unknown, Output = unknown> = (input: Input, call: Call) => Promise<Reply<Output>>

export interface CommandRunner {
  /** Turns a handler into the function that carries out this operation, one call at a time for whoever calls. */
  command<Input, Output>(
    id: string,
    operation: Command,
    handler: AnyCommandHandler<Input, Output>,
  ): RunningOperation<Input, Output>
  /** The same for an operation whose effect lies outside the database: prepare, perform, settle. */
  effect<Input, Output>(
    id: string,
    operation: Command,
    handler: AnyEffectHandler<Input, Output>,
  ): RunningOperation<Input, Output>
  /** Resolves once no batch waits or runs. */
  drain(): Promise<void>
}

/** The command transaction: every command of a service goes through here, whoever sends it and however often. */
export function createCommandRunner(options: CommandRunnerOptions): CommandRunner {
  const lanes: Lane[] = []
  const { faults = noFaults } = options
  const fingerprintKey = createSecretKey(options.fingerprintSecret)
  return {
    command: (id, operation, handler) => open(id, operation, handler),
    effect<Input, Output>(id: string, operation: Command, handler: AnyEffectHandler<Input, Output>) {
      const prepare = open(`${id}#prepare`, operation, handler.prepare)
      // The key was claimed by `prepare`; from there on the domain row is the outcome.
      const settle = open(`${id}#settle`, toSettle(operation), handler.settle)
      return inThreeParts<Input, Output>({ prepare, perform: handler.perform, settle }, { operation: id, faults })
    },
    async drain() {
      await Promise.all(lanes.map((lane) => lane.drain()))
    },
  }

  function open<Input, Output>(
    id: string,
    operation: Command,
    handler: AnyCommandHandler<Input, Output>,
  ): RunningOperation<Input, Output> {
    const names = pathParameters(operation.http?.path ?? '')
    const presumption = createPresumption()
    const lane = createLane({
      runner: options,
      fingerprintKey,
      id,
      operation,
      pathParameters: names,
      handler,
      presumption,
    })
    lanes.push(lane)
    return lane.call as RunningOperation<Input, Output>
  }
}
