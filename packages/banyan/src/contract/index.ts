export { anyone, internal, type Access } from './access.ts'
export {
  anonymous,
  principalId,
  reply,
  type Call,
  type Principal,
  type Reply,
  type SagaReference,
  type TraceParent,
  type Wire,
} from './call.ts'
export {
  operationId,
  type CachePolicy,
  type Command,
  type Contract,
  type EventType,
  type HttpBinding,
  type InputOf,
  type Operation,
  type OutcomeStore,
  type OutputOf,
  type PayloadOf,
  type Query,
} from './contract.ts'
