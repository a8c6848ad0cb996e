export { callFromJson, callToJson, type CallJson } from './call-json.ts'
export { createFailureMapper, type FailureMapper, type FailureScope } from './caller-error.ts'
export { createLocalWire, type LocalWire, type LocalWireOptions } from './local-wire.ts'
export { meshErrors } from './mesh-errors.ts'
export { compose, type CallHandler, type Middleware, type OperationCall } from './middleware.ts'
export {
  createServiceEndpoint,
  type RunningOperations,
  type ServiceEndpoint,
  type ServiceEndpointOptions,
} from './service-endpoint.ts'
