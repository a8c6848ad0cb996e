export { createBatcher, type Batcher, type BatcherOptions, type QueuedItem } from './lane/batcher.ts'
export { sagaErrors } from './command-errors.ts'
export type { EffectHandler, Prepared, Settlement } from './effect.ts'
export {
  accept,
  refuse,
  type Acceptance,
  type CommandHandler,
  type CommandItem,
  type Decision,
  type SagaJoin,
} from './handler.ts'
export type { Outcome, OwnSaga, SagaEnd, SagaHooks, SagaStart, TracedSagaStart, WaitLimits } from './saga-hooks.ts'
export {
  command,
  effect,
  query,
  type AnyCommandHandler,
  type AnyEffectHandler,
  type Handlers,
  type OperationHandler,
} from './operation.ts'
export { createGate, type Gate, type GateOptions } from './lane/gate.ts'
export { createCommandRunner, type CommandRunner, type RunningOperation } from './runner.ts'
export type { CommandRunnerOptions } from './runner-options.ts'
export { createRetention, type Retention, type RetentionOptions } from './retention.ts'
export { auditKeys } from './audit.ts'
export { listFences, type SeenFence } from './audit-fences.ts'
