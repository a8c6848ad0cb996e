import { Compile } from 'typebox/schema'
import { coreErrors } from '../../core/index.ts'
import { pathParameters, type Operation } from '../definition/contract.ts'
import { listFaults, type Fault } from './faults.ts'
import { createSafetyCheck, findUnsafeValue } from './unsafe-values.ts'

/**
 * Passes what the operation's input schema allows and nothing else.
 * @throws `api.INVALID_INPUT`: `details.faults` holds at most 20 `{ pointer, message, received?, allowed? }`.
 * @throws `api.NOT_FOUND` when a path parameter does not fit: an address that cannot exist is like one that does not.
 */
export type InputValidator = (input: unknown) => void

/** A validator that compiles itself at its first call (about 0.5 ms a schema, which a start should not pay at once). */
export function createInputValidator(operation: Pick<Operation, 'input' | 'http'>): InputValidator {
  let validate: InputValidator = (input) => {
    validate = compileValidator(operation)
    validate(input)
  }
  return (input) => validate(input)
}

function compileValidator({ input: schema, http }: Pick<Operation, 'input' | 'http'>): InputValidator {
  const validator = Compile(schema)
  const isSafe = createSafetyCheck(schema)
  const parameters = http ? pathParameters(http.path) : []
  return (input) => {
    if (!validator.Check(input)) throw refusal(listFaults(schema, input, parameters), parameters)
    if (!isSafe(input)) throw refusal([findUnsafeValue(input) ?? UNSAFE], parameters)
  }
}

// Never reached as long as both walks agree; a refusal without a pointer is better than letting the value through.
const UNSAFE: Fault = { pointer: '', message: 'holds a value that cannot be stored' }

/** Also for faults that only show while a version's input is carried up. */
export function invalidInput(faults: readonly Fault[]): Error {
  return coreErrors.INVALID_INPUT({ faults })
}

function refusal(faults: readonly Fault[], parameters: readonly string[]): Error {
  const isAddress = faults.some(({ pointer }) => parameters.includes(pointer.slice(1)))
  return isAddress ? coreErrors.NOT_FOUND() : invalidInput(faults)
}
