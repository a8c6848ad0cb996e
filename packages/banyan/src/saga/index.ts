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
