import type { Contract, HttpBinding, Operation } from '../contract/index.ts'
import type { AppDefinition } from '../runtime/index.ts'
import { usageFault } from './terminal/fail.ts'

/** The query that a path asks. */
export interface FoundRead {
  readonly contract: Contract
  readonly name: string
  readonly operation: Operation
  readonly http: HttpBinding
  readonly input: Readonly<Record<string, string>>
}

/** @throws when no query of the app answers it */
export function findRead(app: AppDefinition, path: string): FoundRead {
  if (!path.startsWith('/') || !URL.canParse(path, 'http://any')) throw noRead(path)
  const { pathname, searchParams } = new URL(path, 'http://any')
  const bare = pathname.replace(/^\/api(\/v\d+)?/, '')
  for (const { contract } of app.services) {
    for (const [name, operation] of Object.entries(contract.operations)) {
      const { http } = operation
      const parameters = http?.method === 'GET' ? match(http.path, bare) : null
      if (http === null || parameters === null) continue
      return { contract, name, operation, http, input: { ...Object.fromEntries(searchParams), ...parameters } }
    }
  }
  throw noRead(path)
}

function noRead(path: string): Error {
  return usageFault('path', `'${path}' is no read of this app. Paths look like /api/v2/products/17.`)
}

function match(pattern: string, path: string): Record<string, string> | null {
  const names = [...pattern.matchAll(/:(\w+)/g)].map((found) => found[1]!)
  const values = new RegExp(`^${pattern.replaceAll(/:\w+/g, '([^/]+)')}$`).exec(path)
  return values && Object.fromEntries(names.map((name, index) => [name, values[index + 1]!]))
}
