import type { ErrorFactory } from '../../core/index.ts'
import type { Contract, HttpBinding, Operation } from '../definition/contract.ts'
import type { Versions } from '../versions/versions.ts'
import { createDocumentComponents, type DocumentComponents } from './document-components.ts'
import { parametersOf, requestBodyOf, type DocumentedOperation } from './parameters.ts'
import { responsesOf } from './responses.ts'
import { withoutVersion } from './unversioned.ts'
import type { OpenApiDocument, OpenApiInfo, OperationObject, PathItem } from './document.ts'

export interface OpenApiOptions {
  readonly info: OpenApiInfo
  readonly contracts: readonly Contract[]
  readonly versions: Versions
  /** Errors that every operation may answer, e.g. rate limits. Default none. */
  readonly edgeErrors?: readonly ErrorFactory[]
  /** Versions on their way out. Default none. */
  readonly deprecated?: readonly number[]
}

/**
 * OpenAPI 3.1 of every routed operation in every version. Schemas with a title are components; where a version
 * shows another shape under the same title it gets a name of its own (`ProductV1`).
 */
export function createOpenApi(options: OpenApiOptions): OpenApiDocument {
  const { info, contracts, versions } = options
  const components = createDocumentComponents()
  // The current version first: it gets the plain names.
  const paths = versions.supported.toReversed().flatMap((version) => pathsOf(options, version, components))
  const unversioned = [...Map.groupBy(paths, unversionedName).values()].map((entries) =>
    mergeEntries(entries, versions),
  )
  return {
    openapi: '3.1.1',
    info: { ...info, description: [info.description, versionNote(versions)].filter(Boolean).join('\n\n') },
    servers: [{ url: '/' }],
    tags: contracts.filter(isRouted).map(({ name }) => ({ name })),
    paths: mergeMethods(
      [...paths, ...unversioned].map(({ path, method, operation }) => [path, { [method]: operation }]),
    ),
    components: { ...components.all(), securitySchemes: SECURITY_SCHEMES },
  }
}

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token from `POST /sessions`.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key, limited to its scopes.' },
}

function versionNote({ supported, default: fallback }: Versions): string {
  return (
    `Each path is served without its version too: \`/api/users\` means version ${fallback}, or the one that ` +
    `\`Api-Version: N\` or \`?version=N\` names (${supported.join(', ')}); with its version it takes both as well. Two that ` +
    `contradict are 400 \`api.UNSUPPORTED_VERSION\`.`
  )
}

function isRouted({ operations }: Contract): boolean {
  return Object.values(operations).some(({ http }) => http)
}

interface PathEntry {
  readonly version: number
  readonly path: string
  readonly method: Lowercase<HttpBinding['method']>
  readonly operation: OperationObject
}

function unversionedName({ path, method }: PathEntry): string {
  return `${method} ${unversionedPath(path)}`
}

function unversionedPath(path: string): string {
  return path.replace(/^\/api\/v\d+/, '/api')
}

function mergeEntries(entries: readonly PathEntry[], versions: Versions): PathEntry {
  const [{ path, method }] = entries as [PathEntry]
  const operations = new Map(entries.map(({ version, operation }) => [version, operation]))
  return { version: 0, path: unversionedPath(path), method, operation: withoutVersion(operations, versions) }
}

function pathsOf(options: OpenApiOptions, version: number, components: DocumentComponents): readonly PathEntry[] {
  return options.contracts.flatMap((contract) =>
    Object.entries(contract.operations).flatMap(([name, operation]) => {
      if (!operation.http) return []
      const { input, output, errorDetails } = options.versions.of(operation, version)
      const routed = operation as Operation & { readonly http: HttpBinding }
      const documented = { service: contract.name, name, operation: routed, version, input, output, components }
      const shapes = { edgeErrors: options.edgeErrors ?? [], detailsOf: errorDetails }
      const item = { ...describe(documented), responses: responsesOf(documented, shapes) }
      const isOld = options.deprecated?.includes(version) === true
      const described: OperationObject = isOld ? { ...item, deprecated: true } : item
      return [{ version, path: pathOf(documented), method: methodOf(routed.http), operation: described }]
    }),
  )
}

function describe(documented: DocumentedOperation): Omit<OperationObject, 'responses'> {
  const { service, name, operation, version } = documented
  const requestBody = requestBodyOf(documented)
  return {
    operationId: `${service}.${name}.v${version}`,
    summary: operation.summary,
    description: accessNote(service, operation),
    tags: [service],
    security: operation.access.kind === 'anyone' ? [] : [{ bearer: [] }, { apiKey: [] }],
    parameters: parametersOf(documented),
    ...(requestBody ? { requestBody } : {}),
  }
}

function accessNote(service: string, { access, kind }: Operation): string {
  if (access.kind !== 'user') return 'For anyone.'
  const roles = access.roles.map((role) => `the role \`${role}\``)
  const whom = [...(access.owner ? ['the owner'] : []), ...roles].join(' or ') || 'any logged-in user'
  return `For ${whom}. An API key needs the scope \`${service}:${kind === 'query' ? 'read' : 'write'}\`.`
}

function pathOf({ operation, version }: DocumentedOperation): string {
  return `/api/v${version}${operation.http.path.replaceAll(/:(\w+)/g, '{$1}')}`
}

function methodOf({ method }: HttpBinding): Lowercase<HttpBinding['method']> {
  return method.toLowerCase() as Lowercase<HttpBinding['method']>
}

function mergeMethods(
  entries: readonly (readonly [path: string, item: PathItem])[],
): Readonly<Record<string, PathItem>> {
  const paths: Record<string, PathItem> = {}
  for (const [path, item] of entries) paths[path] = { ...paths[path], ...item }
  return paths
}
