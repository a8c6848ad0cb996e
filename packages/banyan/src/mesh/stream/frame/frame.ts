/**
 * A frame is `length (u32) kind (u8) payload`; `length` counts what follows it. Numbers are big-endian, texts UTF-8.
 *
 * | kind | from | payload |
 * |---|---|---|
 * | greeting | service | JSON: names, protocol versions it speaks. First frame of a connection |
 * | hello | caller | JSON: names, the protocol version chosen, a token |
 * | welcome | service | JSON: operations with their numbers on this connection, limits. From here on calls may come |
 * | refusal | service | JSON: the error. The connection ends |
 * | call | caller | id u32, operation u16, timeout u32, …: `call-frame.ts` |
 * | answer | service | id u32, …: `answer-frame.ts` |
 * | failure | service | id u32, replayed u8, the error as JSON |
 * | cancel | caller | id u32 |
 * | ping, pong | both | number u32, given back as it came |
 * | goAway | service | nothing: no new calls, those in hand are finished |
 * | token | caller | a fresh token, before the last one expires |
 * | positions | service | JSON: how far the logs have come, before the answer that it goes with; again when it has changed |
 * | after | caller | id u32, JSON: positions that the answer to the call that follows must include |
 */
export const frameKinds = {
  greeting: 1,
  hello: 2,
  welcome: 3,
  refusal: 4,
  call: 5,
  answer: 6,
  failure: 7,
  cancel: 8,
  ping: 9,
  pong: 10,
  goAway: 11,
  token: 12,
  positions: 13,
  after: 14,
} as const

/** Raised by changes that an older peer cannot read; frames of unknown kind are ignored, so new kinds need none. */
export const PROTOCOL = Object.freeze({ min: 1, max: 1 })

export const LENGTH_BYTES = 4
/** Length and kind. */
export const HEAD_BYTES = 5

/** What arrived is not what this protocol says. The connection is closed: nobody knows where the next frame begins. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame'
}
