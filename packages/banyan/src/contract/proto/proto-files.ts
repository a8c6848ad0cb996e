import { coreErrors } from '../../core/index.ts'
import type { Contract } from '../definition/contract.ts'
import { buildProtoFile } from './build-file.ts'
import { compareProtoLocks } from './compare-proto-locks.ts'
import { createNumberBook, type ProtoLock } from './proto-lock.ts'
import { labelledType, type ProtoEnum, type ProtoFile, type ProtoMessage } from './proto-model.ts'

/** The files of an app's contracts, and the lock with the numbers that they use. */
export interface ProtoFiles {
  readonly files: readonly ProtoFile[]
  readonly lock: ProtoLock
}

/**
 * Numbers that `lock` has are kept, what is new gets the next free ones.
 * @param contracts All that the lock was made of: one that is missing is a change that breaks callers.
 * @throws `api.INVALID_OPTIONS` naming each change that would break a client or server that was built from the files of `lock`.
 */
export function createProtoFiles(contracts: readonly Contract[], lock: ProtoLock): ProtoFiles {
  const numbers = createNumberBook(lock)
  const files = contracts.map((contract) => buildProtoFile(contract, lock.package, numbers))
  const next = lockOf(files, lock)
  const breaking = compareProtoLocks(lock, next)
  if (breaking.length === 0) return { files, lock: next }
  throw coreErrors.INVALID_OPTIONS({ subject: 'These changes break callers over gRPC', faults: shorten(breaking) })
}

const MAX_SHOWN = 20

function shorten(faults: readonly string[]): string {
  const more = faults.length - MAX_SHOWN
  return [...faults.slice(0, MAX_SHOWN), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ')
}

function lockOf(files: readonly ProtoFile[], { package: name, reserved }: ProtoLock): ProtoLock {
  const messages = files.flatMap((file) => file.messages.flatMap(withNested))
  const enums = [...files.flatMap((file) => file.enums), ...messages.flatMap((message) => message.enums)]
  const methods = files.flatMap((file) =>
    file.services.flatMap((service) =>
      service.methods.map(({ name: method, request, response }) => [
        `${file.package}.${service.name}/${method}`,
        { request: request.fullName, response: response.fullName },
      ]),
    ),
  )
  return {
    package: name,
    messages: Object.fromEntries(messages.map((message) => [message.fullName, fieldsOf(message)])),
    enums: Object.fromEntries(enums.map((one) => [one.fullName, valuesOf(one)])),
    methods: Object.fromEntries(methods) as ProtoLock['methods'],
    reserved,
  }
}

function withNested(message: ProtoMessage): readonly ProtoMessage[] {
  return [message, ...message.messages.flatMap(withNested)]
}

function fieldsOf({ fields }: ProtoMessage): ProtoLock['messages'][string] {
  const entries = fields.map((field) => [field.jsonName, { number: field.number, type: labelledType(field) }])
  return Object.fromEntries(entries) as ProtoLock['messages'][string]
}

function valuesOf({ values }: ProtoEnum): ProtoLock['enums'][string] {
  return Object.fromEntries(values.map(({ text, number }) => [text, number]))
}
