/** The name of the lock file, beside the `.proto` files. */
export const PROTO_LOCK = 'proto-lock.json'

/**
 * The numbers that are on the wire for ever, committed beside the `.proto` files. Fields and values that are added get the next
 * free number; none is given twice. What was taken away on purpose is moved to `reserved` by hand.
 */
export interface ProtoLock {
  /** Before the name of each contract: `shop` gives `shop.orders`. */
  readonly package: string
  /** By full name. Field numbers by JSON name. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, LockedField>>>>
  /** By full name. Numbers by text. */
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** `shop.orders.Orders/GetOrder` → request and response. */
  readonly methods: Readonly<Record<string, LockedMethod>>
  /** By full name of message or enum; numbers by the JSON name or text they had. */
  readonly reserved: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface LockedField {
  readonly number: number
  readonly type: string
}

export interface LockedMethod {
  readonly request: string
  readonly response: string
}

export function emptyProtoLock(packageName: string): ProtoLock {
  return { package: packageName, messages: {}, enums: {}, methods: {}, reserved: {} }
}

/** Gives numbers: the locked ones, and next free ones to what is new. */
export interface NumberBook {
  /** @param names JSON names of fields, or texts of enum values, in the order of their declaration. */
  numbersOf(fullName: string, names: readonly string[]): ReadonlyMap<string, number>
  reservedOf(fullName: string): readonly { readonly name: string; readonly number: number }[]
}

export function createNumberBook(lock: ProtoLock): NumberBook {
  return {
    numbersOf(fullName, names) {
      const known = lockedNumbers(lock, fullName)
      const used = [...known.values(), ...Object.values(lock.reserved[fullName] ?? {})]
      let next = Math.max(0, ...used) + 1
      return new Map(names.map((name) => [name, known.get(name) ?? next++]))
    },
    reservedOf: (fullName) => Object.entries(lock.reserved[fullName] ?? {}).map(([name, number]) => ({ name, number })),
  }
}

function lockedNumbers({ messages, enums }: ProtoLock, fullName: string): ReadonlyMap<string, number> {
  const fields = Object.entries(messages[fullName] ?? {}).map(([name, { number }]) => [name, number] as const)
  return new Map([...fields, ...Object.entries(enums[fullName] ?? {})])
}
