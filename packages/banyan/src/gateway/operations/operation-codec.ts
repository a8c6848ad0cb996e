import type { TObject, TSchema } from 'typebox'
import {
  createInputValidator,
  createSerializer,
  createTextCoercion,
  isPage,
  type Operation,
  type Versions,
} from '../../contract/index.ts'
import type { BanyanError } from '../../core/index.ts'

/** How one operation is spoken in one API version. Within the code there is only the newest. */
export interface OperationCodec {
  readonly apiVersion: number
  /** It is the version of the code, so that bodies may pass as they are. */
  readonly isCurrent: boolean
  /** Fields of path and query as the operation types them. */
  coerce(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
  /** @throws `api.INVALID_INPUT` with each fault, `api.NOT_FOUND` for an address that cannot exist. */
  decode(fields: Readonly<Record<string, unknown>>): unknown
  /** The data as JSON text; of a page its items. */
  encode(data: unknown): string
  encodeError(error: BanyanError): BanyanError
}

export function createOperationCodec(operation: Operation, versions: Versions, apiVersion: number): OperationCodec {
  const { input, output, up, down, downError } = versions.of(operation, apiVersion)
  const coerce = createTextCoercion({ input, http: operation.http })
  const validate = createInputValidator({ input, http: operation.http })
  const serialize = createSerializer(isPage(operation.output) ? itemsOf(output) : output)
  const select = isPage(operation.output) ? readItems : (data: unknown) => data
  return {
    apiVersion,
    isCurrent: apiVersion === versions.current,
    coerce,
    decode(fields) {
      const given = coerce(fields)
      validate(given)
      return up(given)
    },
    encode: (data) => serialize(select(down(data))),
    encodeError: downError,
  }
}

function itemsOf(page: TSchema): TSchema {
  return (page as TObject).properties.items!
}

function readItems(page: unknown): unknown {
  return (page as { readonly items: unknown }).items
}
