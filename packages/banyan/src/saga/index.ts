export {
  defineSaga,
  invoke,
  refuseStep,
  type Invocation,
  type NamedStep,
  type Refusal,
  type SagaBuilder,
  type SagaDefinition,
  type SagaEnds,
  type SagaOptions,
  type Step,
  type StepScope,
} from './definition.ts'
export { createSagaEngine, type SagaEngine, type SagaEngineOptions } from './run/engine.ts'
export { sagaEngineErrors } from './saga-errors.ts'
export type { TimelineEntry } from './timeline.ts'
export {
  findSaga,
  isAttended,
  listSagas,
  listUnfinishedSagas,
  retrySaga,
  type SagaFilter,
  type SagaView,
} from './admin.ts'
export { auditSagas } from './audit.ts'
export { auditLeases, listSagaFences } from './audit-leases.ts'
