import type { ContractSnapshot, ErrorSnapshot, OperationSnapshot } from './snapshot.ts'
import { compareSchemas } from './compare-schemas.ts'

/**
 * Names each change that could break a caller, a consumer or a stored event of the same version, with where it is and
 * what to do; an empty list means that everything written against `before` still holds. Allowed are new operations, new
 * events, new optional fields, and whatever demands less of callers or promises more to them.
 */
export function compareSnapshots(before: ContractSnapshot, after: ContractSnapshot): readonly string[] {
  const operations = Object.entries(before.operations).flatMap(([id, known]) => {
    const now = after.operations[id]
    return now
      ? compareOperations(id, known, now)
      : [`${id}: the operation is gone. Keep it, or make a new API version.`]
  })
  const events = Object.entries(before.events).flatMap(([type, known]) => {
    const now = after.events[type]
    if (!now) return [`${type}: the event is gone, but logs still hold it. Keep its definition.`]
    return compareSchemas({ before: known, after: now, at: `${type}: payload`, direction: 'out' })
  })
  return [...operations, ...events]
}

function compareOperations(id: string, before: OperationSnapshot, after: OperationSnapshot): readonly string[] {
  return [
    ...FIXED.filter((field) => !isEqual(before[field], after[field])).map(
      (field) =>
        `${id}: ${field} was ${JSON.stringify(before[field])}, is ${JSON.stringify(after[field])}. Put it back.`,
    ),
    ...compareAccess(id, before, after),
    ...compareSchemas({ before: before.input, after: after.input, at: `${id}: input`, direction: 'in' }),
    ...compareSchemas({ before: before.output, after: after.output, at: `${id}: output`, direction: 'out' }),
    ...compareErrors(id, before.errors, after.errors),
  ]
}

const FIXED = ['kind', 'route', 'status', 'rawHeaders', 'outcome'] as const

/** Who could call must still be able to. */
function compareAccess(id: string, before: OperationSnapshot, after: OperationSnapshot): readonly string[] {
  if (after.access === 'anyone' || (before.access === 'internal' && after.access === 'internal')) return []
  const faults: string[] = []
  if (before.access !== after.access) faults.push(`${id}: access was '${before.access}', is '${after.access}'.`)
  const wasOpen = !before.isOwned && before.roles.length === 0
  const isOpen = !after.isOwned && after.roles.length === 0
  if (isOpen || faults.length > 0) return faults
  if (wasOpen) return [`${id}: any logged-in user could call it; now the owner or a role is needed.`]
  if (before.isOwned && !after.isOwned)
    faults.push(`${id}: the owner could call it, now only ${after.roles.join(', ')}.`)
  const lost = before.roles.filter((role) => !after.roles.includes(role))
  return [...faults, ...lost.map((role) => `${id}: the role '${role}' could call it and no longer can.`)]
}

type Errors = Readonly<Record<string, ErrorSnapshot>>

function compareErrors(id: string, before: Errors, after: Errors): readonly string[] {
  return Object.entries(before).flatMap(([code, known]) => {
    const now = after[code]
    if (!now) return [] // it no longer happens
    const changed = (['http', 'effect', 'retry'] as const).filter((field) => known[field] !== now[field])
    const faults = changed.map(
      (field) => `${id}: error ${code}: ${field} was ${known[field]}, is ${now[field]}. Use a new code.`,
    )
    if (!known.details) return faults
    const at = `${id}: details of ${code}`
    if (!now.details) return [...faults, `${at} are gone. Put them back.`]
    return [...faults, ...compareSchemas({ before: known.details, after: now.details, at, direction: 'out' })]
  })
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
