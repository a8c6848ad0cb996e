import type { Static, TSchema } from 'typebox'
import { Type } from '../../../core/index.ts'
import { Check } from 'typebox/schema'
import { meshErrors } from '../../mesh-errors.ts'
import { nameOf, requireSameMajor } from '../../releases.ts'
import { MalformedFrame, PROTOCOL } from './frame.ts'
import type { PayloadReader } from './payload-reader.ts'

const Names = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 100 })
const Range = Type.Object({ min: Type.Integer(), max: Type.Integer() })

/** What a service says first. Unknown fields are let through: a later version may add some. */
const Greeting = Type.Object({ protocol: Range, names: Names, release: Type.String({ maxLength: 64 }) })

const Hello = Type.Object({
  /** The version that is spoken from here on. */
  protocol: Type.Integer(),
  range: Range,
  names: Names,
  release: Type.String({ maxLength: 64 }),
  token: Type.String({ maxLength: 8_192 }),
  maxFrameBytes: Type.Integer({ minimum: 1_024 }),
})

const Welcome = Type.Object({
  /** In the order of their numbers: `orders.placeOrder`. */
  operations: Type.Array(
    Type.Object({
      id: Type.String({ maxLength: 128 }),
      kind: Type.Union([Type.Literal('query'), Type.Literal('command')]),
    }),
    { maxItems: 65_536 },
  ),
  maxFrameBytes: Type.Integer({ minimum: 1_024 }),
  maxInFlight: Type.Integer({ minimum: 1 }),
})

export type Greeting = Static<typeof Greeting>
export type Hello = Static<typeof Hello>
export type Welcome = Static<typeof Welcome>

/** A greeting and a hello must fit into this, and so must what waits to be sent to a stranger, so that none can make us hold more. */
export const MAX_GREETING_BYTES = 16_384
/** A welcome lists every operation. */
export const MAX_WELCOME_BYTES = 1_048_576

export const readGreeting = parser('greeting', Greeting)
export const readHello = parser('hello', Hello)
export const readWelcome = parser('welcome', Welcome)

function parser<Schema extends TSchema>(what: string, schema: Schema): (payload: PayloadReader) => Static<Schema> {
  return (payload) => {
    const value = payload.restJson()
    if (Check(schema, value)) return value
    throw new MalformedFrame(`a ${what} lacks what it must say`)
  }
}

/** The newest version that both speak. @throws `mesh.INCOMPATIBLE_PROTOCOL`, `mesh.INCOMPATIBLE_RELEASE` */
export function chooseProtocol(own: Greeting, theirs: Greeting): number {
  requireSameMajor(own, theirs)
  const version = Math.min(own.protocol.max, theirs.protocol.max)
  if (version >= Math.max(own.protocol.min, theirs.protocol.min)) return version
  throw incompatible(own, theirs)
}

/** @throws `mesh.INCOMPATIBLE_PROTOCOL`, `mesh.INCOMPATIBLE_RELEASE` */
export function requireProtocol(hello: Omit<Hello, 'token' | 'maxFrameBytes'>, own: Greeting): void {
  requireSameMajor(hello, own)
  if (hello.protocol >= own.protocol.min && hello.protocol <= own.protocol.max) return
  throw incompatible({ ...hello, protocol: hello.range }, own)
}

function incompatible(caller: Greeting, service: Greeting): Error {
  return meshErrors.INCOMPATIBLE_PROTOCOL({
    caller: nameOf(caller),
    callerVersions: versionsOf(caller),
    service: nameOf(service),
    serviceVersions: versionsOf(service),
  })
}

function versionsOf({ protocol: { min, max } }: Greeting): string {
  return min === max ? `${min}` : `${min} to ${max}`
}

export function ownGreeting(names: readonly string[], release: string): Greeting {
  return { protocol: { ...PROTOCOL }, names: [...names], release }
}
