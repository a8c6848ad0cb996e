import type { LockedField, ProtoLock } from './proto-lock.ts'

/**
 * Names each change that could break whoever was built from the files of `before`, with where it is and what to do. Added
 * methods, messages, fields and values break nobody.
 */
export function compareProtoLocks(before: ProtoLock, after: ProtoLock): readonly string[] {
  const messages = Object.entries(before.messages).flatMap(([name, fields]) => {
    const now = after.messages[name]
    return now ? compareFields(name, fields, now) : [`${name}: the message is gone. ${KEEP}`]
  })
  const enums = Object.entries(before.enums).flatMap(([name, values]) => {
    const now = after.enums[name]
    return now ? compareValues(name, values, now) : [`${name}: the enum is gone. ${KEEP}`]
  })
  return [...comparePackages(before, after), ...messages, ...enums, ...compareMethods(before, after)]
}

const KEEP = 'Keep it, or take it out of the lock file by hand (numbers to `reserved`) and say so in the changelog.'

function comparePackages({ package: before }: ProtoLock, { package: after }: ProtoLock): readonly string[] {
  return before === after ? [] : [`The package was ${before}, is ${after}. Put it back.`]
}

type Fields = Readonly<Record<string, LockedField>>

function compareFields(message: string, before: Fields, after: Fields): readonly string[] {
  return Object.entries(before).flatMap(([name, known]) => {
    const now = after[name]
    if (!now) return [`${message}.${name}: the field is gone. ${KEEP}`]
    if (now.number !== known.number) return [changed(`${message}.${name}`, known.number, now.number)]
    return wireType(known.type) === wireType(now.type) ? [] : [changed(`${message}.${name}`, known.type, now.type)]
  })
}

/** A field may become optional and back: the bytes are the same, only absence is told from the default. */
function wireType(type: string): string {
  return type.replace(/^optional /, '')
}

type Values = Readonly<Record<string, number>>

function compareValues(name: string, before: Values, after: Values): readonly string[] {
  return Object.entries(before).flatMap(([text, number]) => {
    const now = after[text]
    if (now === undefined) return [`${name}: the value '${text}' is gone. ${KEEP}`]
    return now === number ? [] : [changed(`${name} '${text}'`, number, now)]
  })
}

function compareMethods({ methods: before }: ProtoLock, { methods: after }: ProtoLock): readonly string[] {
  return Object.entries(before).flatMap(([name, known]) => {
    const now = after[name]
    if (!now) return [`${name}: the method is gone. ${KEEP}`]
    return (['request', 'response'] as const).flatMap((part) =>
      now[part] === known[part] ? [] : [changed(`${name}: its ${part}`, known[part], now[part])],
    )
  })
}

function changed(what: string, before: unknown, after: unknown): string {
  return `${what} was ${String(before)}, is ${String(after)}. Put it back, or give the new thing a new name.`
}
