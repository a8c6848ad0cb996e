import type { TObject } from 'typebox'
import { pathParameters, type Command, type HttpBinding } from '../../../contract/index.ts'
import { CommandFault, usageFault } from '../../terminal/fail.ts'
import type { FoundRead } from '../../find-read.ts'
import { ask } from '../../gateway-url.ts'
import { versionsOf } from './http-places.ts'
import type { ProbedWrite } from './measure-staleness.ts'

export interface PutBackOptions {
  readonly path: string
  readonly found: FoundRead
  readonly gateway: string
  readonly token: string
}

/**
 * The resource is put back as it is: who reads it is told the same as before, and its version says that it was written. `If-Match`
 * leaves alone what somebody else has changed meanwhile.
 */
export function createPutBack({ path, found, gateway, token }: PutBackOptions): ProbedWrite {
  const command = findPut(found)
  const fields = Object.keys((command.input as TObject).properties).filter(
    (name) => !pathParameters(command.http.path).includes(name),
  )
  const url = new URL(path, gateway).href
  let body = '{}'
  let tag = ''

  return {
    async current() {
      const response = await ask(url)
      const answer = (await response.json()) as { readonly data?: Readonly<Record<string, unknown>> }
      const versions = versionsOf(response)
      if (!response.ok || versions === null || !answer.data) {
        throw usageFault(
          'path',
          `${url} answers ${response.status} without row versions in its ETag. Choose one resource.`,
        )
      }
      tag = response.headers.get('etag')!
      body = JSON.stringify(Object.fromEntries(fields.map((name) => [name, answer.data![name]])))
      return versions
    },
    async write() {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': tag }
      const response = await ask(url, { method: 'PUT', headers, body })
      const text = await response.text()
      if (response.status === 412) return null
      if (response.status === 200) return { token: response.headers.get('consistency-token') }
      throw new CommandFault(`PUT ${url} answers ${response.status}: ${text.slice(0, 300)}`)
    },
  }
}

function findPut({ contract, http }: FoundRead): Command & { readonly http: HttpBinding } {
  for (const operation of Object.values(contract.operations)) {
    if (operation.http?.method === 'PUT' && operation.http.path === http.path) {
      return operation as Command & { readonly http: HttpBinding }
    }
  }
  throw usageFault('path', `There is no PUT ${http.path}: nothing could be written. Choose a resource that can be put.`)
}
