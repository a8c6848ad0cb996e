import type { KeyObject } from 'node:crypto'
import type { Command } from '../../contract/index.ts'
import type { AnyCommandHandler } from '../operation.ts'
import type { Presumption } from '../transaction/presumption.ts'
import type { CommandRunnerOptions } from '../runner-options.ts'

/** What the parts of one operation's lane share. */
export interface LaneOptions {
  readonly fingerprintKey: KeyObject
  readonly runner: CommandRunnerOptions
  readonly id: string
  readonly operation: Command
  readonly pathParameters: readonly string[]
  // The lane neither knows nor needs the types of what passes through it; they were checked where the handler was built.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly handler: AnyCommandHandler<any, any>
  readonly presumption: Presumption
}
