import { isPlatformArea, type Operation } from '../contract/index.ts'
import { BanyanError, coreErrors, isDeclared } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'

export interface FailureScope {
  readonly id: string
  readonly operation: Operation
  readonly logger: Logger
}

/** Makes of whatever was thrown what the caller may see. */
export type FailureMapper = (thrown: unknown, requestId: string) => BanyanError

/**
 * Declared errors of the operation and errors of the platform pass. Anything else is logged with its request id and
 * reaches the caller as `api.INTERNAL`, with the cause kept on this side.
 */
export function createFailureMapper({ id, operation, logger }: FailureScope): FailureMapper {
  const declared = new Set(operation.errors.map((error) => error.code))
  const isKnown = ({ code }: BanyanError) => declared.has(code) || isPlatformArea(code.slice(0, code.indexOf('.')))
  const isQuery = operation.kind === 'query'

  return (thrown, requestId) => {
    const error = isDeclared(thrown) && isKnown(thrown) ? thrown : hide(thrown, requestId)
    return isQuery ? withoutEffect(error) : error
  }

  function hide(thrown: unknown, requestId: string): BanyanError {
    const cure = isDeclared(thrown)
      ? `: its contract does not declare ${thrown.code}. Add it to the operation's errors`
      : ''
    logger.error({ requestId, operation: id, error: thrown }, `the operation failed${cure}`)
    return coreErrors.INTERNAL({}, { cause: thrown })
  }
}

/** A query that failed has changed nothing, whatever befell it, so it may be asked again. */
export function withoutEffect(error: BanyanError): BanyanError {
  if (error.effect !== 'unknown') return error
  return new BanyanError({ ...error.toJSON(), effect: 'not-applied', retry: 'safe' }, { cause: error.cause })
}

/** Why the answer of an operation that has run cannot be sent: a command has had its effect. */
export function withoutAnswer({ kind }: Pick<Operation, 'kind'>, error: BanyanError): BanyanError {
  return kind === 'query' ? error : new BanyanError({ ...error.toJSON(), effect: 'applied' }, { cause: error.cause })
}
