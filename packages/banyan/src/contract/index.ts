export {
  invalidationsOf,
  rowOfEvent,
  type ApplicationCachePolicy,
  type CachePolicy,
  type CacheStrategy,
  type Invalidations,
} from './definition/cache-policy.ts'
export {
  OperationPolicyChangesSchema,
  PolicyChangesSchema,
  type OperationPolicyChanges,
  type PolicyChanges,
  type ResiliencePolicy,
  type Urgency,
} from './definition/call-policy.ts'
export { createAccessCheck, type AccessCheck } from './access-check.ts'
export { anyone, internal, internalFrom, user, type Access, type UserAccessOptions } from './definition/access.ts'
export {
  anonymous,
  principalId,
  reply,
  type Call,
  type EncodedInput,
  type Principal,
  type Reply,
  type SagaReference,
  type TraceParent,
  type Wire,
} from './call.ts'
export {
  DEFAULT_PAGE_LIMIT,
  Email,
  isPage,
  MAX_AMOUNT_MINOR,
  MAX_PAGE_LIMIT,
  Money,
  MoneyV1,
  OrderId,
  pageOf,
  PageQuery,
  PaymentId,
  Price,
  PriceV1,
  ProductId,
  Timestamp,
  UserId,
} from './schema/common-schemas.ts'
export {
  operationId,
  pathParameters,
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
} from './definition/contract.ts'
export { defineContract, type ContractOptions } from './definition/define-contract.ts'
export {
  defineCommand,
  defineEvent,
  defineQuery,
  type CommandOptions,
  type QueryOptions,
} from './definition/define-operation.ts'
export { invalidInput, createInputValidator, type InputValidator } from './input/input-validator.ts'
export { listFaults, MAX_FAULTS, type Fault } from './input/faults.ts'
export { createTextCoercion, type TextCoercion } from './input/text-fields.ts'
export { decodeInput, decodeUtf8 } from './input/json-body.ts'
export { createNewestChange } from './schema/newest-change.ts'
export { createFrontier, parsePositions, type Frontier, type Positions } from './frontier.ts'
export { errorFromJson } from './error-json.ts'
export { createSerializer, pageParts, type Serializer } from './schema/serializer.ts'
export {
  dollarsInVersion1,
  replaceSchema,
  type Replacement,
  type VersionTransform,
} from './versions/version-transform.ts'
export { createVersions, type OperationVersion, type Versions, type VersionsOptions } from './versions/versions.ts'
export { AuditReport, Finding } from './audit-report.ts'
export { createCursor, toPage, type Cursor } from './input/cursor.ts'
export { isPlatformArea } from './definition/platform-areas.ts'
export { createClient, type Client, type ClientCallOptions, type ClientOperation } from './client.ts'
export { childCall, createCall, serviceCall, type CallOptions, type ChildCallOptions } from './create-call.ts'
export { createOpenApi, type OpenApiOptions } from './openapi/open-api.ts'
export type { OpenApiDocument, OpenApiInfo } from './openapi/document.ts'
export { compareSnapshots } from './versions/compare-snapshots.ts'
export { contractSnapshot, stableJson, type ContractSnapshot } from './versions/snapshot.ts'
export { createProtoFiles, type ProtoFiles } from './proto/proto-files.ts'
export { typeName } from './proto/proto-model.ts'
export { printProto } from './proto/print-proto.ts'
export { emptyProtoLock, PROTO_LOCK, type ProtoLock } from './proto/proto-lock.ts'
export type { FieldType, ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoMethod } from './proto/proto-model.ts'
export { Type } from '../core/index.ts'
