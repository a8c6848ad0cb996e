import type { TSchema } from 'typebox'
import { cacheFaults } from './cache-faults.ts'
import { pathParameters, type Contract, type HttpBinding, type Operation } from './contract.ts'
import { operationPolicyFaults, servicePolicyFaults } from './policy-faults.ts'
import { isPlatformArea } from './platform-areas.ts'
import { fieldsOf, jsonSchema, type JsonSchema } from '../schema/json-schema.ts'

/** Every fault of a contract, each a sentence with the value received, what is allowed and the cure. */
export function contractFaults(contract: Contract): readonly string[] {
  return [
    ...nameFaults(contract),
    ...servicePolicyFaults(contract),
    ...Object.entries(contract.operations).flatMap(([name, operation]) => operationFaults(name, operation, contract)),
    ...duplicateRoutes(contract),
  ]
}

const SERVICE_NAME = /^[a-z][a-z0-9-]{0,30}$/
const OPERATION_NAME = /^[a-z][A-Za-z0-9]{0,62}$/
const EVENT_NAME = /^[a-z][a-z0-9-]{0,62}\.v[1-9][0-9]{0,3}$/
const PATH = /^(\/([a-z0-9-]+|:[a-z][A-Za-z0-9]*))+$/
const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE']
const MAX_DEADLINE_MS = 600_000

function nameFaults(contract: Contract): readonly string[] {
  return [
    ...(isPlatformArea(contract.name)
      ? [`Name '${contract.name}' is taken: the platform's own errors begin with it. Choose another.`]
      : []),
    ...badNames([contract.name], SERVICE_NAME, "Name 'orders'-like: lower case, digits and dashes, at most 31."),
    ...badNames(Object.keys(contract.operations), OPERATION_NAME, "Name operations in camel case, like 'placeOrder'."),
    ...badNames(
      Object.keys(contract.events),
      EVENT_NAME,
      "Name events in the past tense with a version, like 'order-placed.v1'.",
    ),
    ...contract.errors
      .filter((error) => !error.code.startsWith(`${contract.name}.`))
      .map(
        (error) => `Error '${error.code}' is not of this service: define it with defineErrors('${contract.name}', …).`,
      ),
  ]
}

function badNames(names: readonly string[], allowed: RegExp, cure: string): readonly string[] {
  return names.filter((name) => !allowed.test(name)).map((name) => `Name '${name}' must match ${allowed}. ${cure}`)
}

function operationFaults(name: string, operation: Operation, contract: Contract): readonly string[] {
  const { http } = operation
  const faults = [
    ...accessFaults(operation),
    ...deadlineFaults(operation),
    ...operationPolicyFaults(operation),
    ...cacheFaults(operation, contract),
  ]
  if (http) faults.push(...bindingFaults(operation, http), ...fieldFaults(operation, http))
  return faults.map((fault) => `Operation '${name}': ${fault}`)
}

function accessFaults({ access, http, input }: Operation): readonly string[] {
  if (access.kind === 'internal') return [...routedFaults(http), ...callerFaults(access.callers ?? ['any'])]
  const faults = http
    ? []
    : [
        `access is '${access.kind}', but there is no http, so nobody outside could call it. Add http, or make it internal.`,
      ]
  if (access.kind !== 'user' || !access.owner) return faults
  const unknown = fieldsRead(access.owner).filter((field) => !(field in fieldsOf(input)))
  return [
    ...faults,
    ...unknown.map(
      (field) =>
        `owner reads '${field}', but the input has only ${listOf(Object.keys(fieldsOf(input)))}. Correct the name.`,
    ),
  ]
}

function routedFaults(http: HttpBinding | null): readonly string[] {
  if (!http) return []
  const route = `${http.method} ${http.path}`
  return [`access is internal, but http is '${route}'. Internal operations are never routed: remove http.`]
}

function callerFaults(callers: readonly string[]): readonly string[] {
  if (callers.length === 0) return ['access is internal from nobody. Name a caller, or use `internal` for any service.']
  return badNames(callers, SERVICE_NAME, 'Name callers as services are named.')
}

/** Calls `owner` with an input of texts that notes which fields are read. */
function fieldsRead(owner: (input: never) => string | null): readonly string[] {
  const read = new Set<string>()
  const probe = new Proxy({}, { get: (_, field) => (read.add(String(field)), '') })
  owner(probe as never)
  return [...read]
}

function deadlineFaults({ deadlineMs }: Operation): readonly string[] {
  if (Number.isInteger(deadlineMs) && deadlineMs >= 1 && deadlineMs <= MAX_DEADLINE_MS) return []
  return [`deadlineMs must be a whole number between 1 and ${MAX_DEADLINE_MS}, got ${deadlineMs}.`]
}

function bindingFaults(operation: Operation, http: HttpBinding): readonly string[] {
  const faults: string[] = []
  if (!METHODS.includes(http.method))
    faults.push(`http method must be one of ${METHODS.join(', ')}, got '${http.method}'.`)
  if (!PATH.test(http.path)) faults.push(`http path must look like '/users/:userId/orders', got '${http.path}'.`)
  if ((operation.kind === 'query') !== (http.method === 'GET')) {
    faults.push(`a ${operation.kind} may not be ${http.method}. Queries are GET; commands are POST, PUT or DELETE.`)
  }
  if (http.location && http.method !== 'POST') faults.push(`'created' is for POST, got ${http.method}. Remove it.`)
  return faults
}

function fieldFaults({ input }: Operation, http: HttpBinding): readonly string[] {
  const fields = fieldsOf(input)
  const parameters = pathParameters(http.path)
  const faults = parameters.flatMap((name) => parameterFaults(name, input))
  if (http.raw) {
    const missing = ['body', 'headers'].filter((name) => !(name in fields))
    faults.push(...missing.map((name) => `raw needs the input field '${name}', which is missing. Add it.`))
  }
  if (http.method === 'POST' || http.method === 'PUT') return faults
  const nested = Object.keys(fields).filter((name) => !parameters.includes(name) && !isScalar(fields[name]!))
  return [
    ...faults,
    ...nested.map((name) => `'${name}' comes from the query string, so it must be a string, number or boolean.`),
  ]
}

function parameterFaults(name: string, input: TSchema): readonly string[] {
  const schema = fieldsOf(input)[name]
  if (!schema) return [`path parameter ':${name}' is not a field of the input. Add '${name}' to the input.`]
  if (jsonSchema(input).required?.includes(name) && isScalar(schema)) return []
  return [`path parameter ':${name}' must be a required string, number or boolean of the input.`]
}

function duplicateRoutes({ operations }: Contract): readonly string[] {
  const seen = new Map<string, string>()
  return Object.entries(operations).flatMap(([name, { http }]) => {
    if (!http) return []
    const route = `${http.method} ${http.path.replace(/:\w+/g, ':')}`
    const first = seen.get(route)
    seen.set(route, first ?? name)
    return first
      ? [`Operations '${first}' and '${name}' share the route '${http.method} ${http.path}'. Give one another path.`]
      : []
  })
}

function isScalar(schema: JsonSchema): boolean {
  return (schema.anyOf ?? [schema]).every((option) => option.enum || SCALARS.includes(option.type ?? ''))
}

const SCALARS = ['string', 'number', 'integer', 'boolean']

function listOf(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ') || 'no fields'
}
