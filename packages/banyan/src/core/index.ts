export { backoffMs, type Backoff } from './backoff.ts'
export { systemClock, type Clock } from './clock.ts'
export { coreErrors } from './core-errors.ts'
export {
  BanyanError,
  defineErrors,
  isDeclared,
  isError,
  type Effect,
  type ErrorDetails,
  type ErrorFactory,
  type ErrorJson,
  type ErrorSpec,
  type ErrorTable,
  type GrpcStatus,
  type Retry,
} from './errors.ts'
export { armFaults } from './faults/arm-faults.ts'
export { parseFaults, type ArmedFault } from './faults/armed-fault.ts'
export { FaultInjected, noFaults, type FaultPoints } from './faults/fault-points.ts'
export { describePoint, faultPoints, type FaultPoint } from './faults/points.ts'
export { createOwnedId, ownerOfId, randomText, relatedId } from './ids.ts'
export { createHttpPipelines, type HttpPipelines } from './http-pipelines.ts'
export { jsonFault } from './json-fault.ts'
export { nodeHttp } from './node-http.ts'
export { optionFaults, parseOptions } from './options.ts'
export { systemRandom, type Random } from './random.ts'
export { isDescribed, sayCount, sayFault, sayOneOf, type KeywordFault } from './say-fault.ts'
export { createSeededRandom } from './seeded-random.ts'
export { Type } from './type.ts'
