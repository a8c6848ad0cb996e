import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { anonymous, reply, type Principal } from '../../../contract/index.ts'
import { BanyanError, coreErrors, isError } from '../../../core/index.ts'
import { meshErrors } from '../../mesh-errors.ts'
import { readAnswer, readFailure, writeAnswer, writeFailure } from './answer-frame.ts'
import { readCall, writeCall, type CallTerms } from './call-frame.ts'
import { frameKinds, HEAD_BYTES, MalformedFrame } from './frame.ts'
import { createFrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import { readGreeting, readHello, readWelcome } from './greeting.ts'
import { PayloadReader } from './payload-reader.ts'

const MAX_BYTES = 200_000

/** What a writer hands to its socket, as one piece. */
function written(write: (writer: FrameWriter) => void): Buffer {
  const socket = new PassThrough({ highWaterMark: 2 ** 24 })
  const writer = new FrameWriter(socket as unknown as Socket)
  write(writer)
  writer.flush()
  return (socket.read() as Buffer | null) ?? Buffer.alloc(0)
}

interface Frame {
  readonly kind: number
  readonly payload: string
}

/** @param cuts where the bytes are cut into chunks. */
function readFrames(bytes: Buffer, cuts: readonly number[]): readonly Frame[] {
  const frames: { kind: number; reader: PayloadReader }[] = []
  const reader = createFrameReader(MAX_BYTES, (kind, payload) => frames.push({ kind, reader: payload }))
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    // A copy, as a socket gives each chunk its own memory.
    reader.push(Buffer.from(bytes.subarray(from, end)))
    from = end
  }
  // Read afterwards: payloads must stay as they are.
  return frames.map(({ kind, reader: payload }) => ({ kind, payload: payload.rest().toString('latin1') }))
}

const frames = fc.array(
  fc.record({
    kind: fc.integer({ min: 0, max: 255 }),
    payload: fc.oneof(fc.string(), fc.string({ maxLength: 90_000, size: 'max' })),
  }),
  { maxLength: 8 },
)

test('frames come out as they went in, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (sent, cuts) => {
      const bytes = written((writer) => {
        for (const { kind, payload } of sent) {
          const at = writer.open(3 * payload.length)
          writer.close(kind, at + writer.page.write(payload, at, 'latin1'))
        }
      })
      const expected = sent.map(({ kind, payload }) => ({
        kind,
        payload: Buffer.from(payload, 'latin1').toString('latin1'),
      }))
      assert.deepEqual(readFrames(bytes, cuts), expected)
    }),
    { numRuns: 40 },
  )
})

test('one byte at a time gives the same frames', () => {
  const bytes = written((writer) => {
    writeAnswer(writer, { id: 1, maxBytes: MAX_BYTES }, reply('{"a":1}', { versions: 'p1' }))
    writeFailure(writer, 2, coreErrors.NOT_FOUND())
  })
  const all = readFrames(bytes, [])
  assert.equal(all.length, 2)
  assert.deepEqual(readFrames(bytes, [...bytes.keys()]), all)
})

test('a length that cannot be is refused before anything is kept for it', () => {
  for (const length of [0, MAX_BYTES, 0x7fffffff, 0xffffffff]) {
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32BE(length)
    assert.throws(() => readFrames(head, []), MalformedFrame, String(length))
  }
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(1)
  assert.deepEqual(readFrames(head, []), [{ kind: 0, payload: '' }])
})

const readers = [readCall, readAnswer, readFailure, readGreeting, readHello, readWelcome]

test('whatever bytes come, a reader gives a value or says that they are malformed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      onlyMalformed(() => readFrames(Buffer.from(bytes), []))
      for (const read of readers) onlyMalformed(() => read(new PayloadReader(Buffer.from(bytes), 0, bytes.length)))
    }),
    { numRuns: 2_000 },
  )
})

test('a call whose bytes were changed or cut gives a value or is malformed', () => {
  fc.assert(
    fc.property(terms(), fc.nat(), fc.nat({ max: 255 }), (sent, at, byte) => {
      const bytes = written((writer) => writeCall(writer, toCall(sent))).subarray(HEAD_BYTES)
      const changed = Buffer.from(bytes)
      changed[at % changed.length] = byte
      onlyMalformed(() => readCall(new PayloadReader(changed, 0, changed.length)))
      onlyMalformed(() => readCall(new PayloadReader(bytes, 0, at % bytes.length)))
    }),
    { numRuns: 500 },
  )
})

test('every call, answer and failure comes back as it was', () => {
  fc.assert(
    fc.property(terms(), fc.string({ unit: 'grapheme', maxLength: 5_000 }), (sent, text) => {
      const call = readCall(payloadOf(written((writer) => writeCall(writer, { ...toCall(sent), body: text }))))
      assert.deepEqual(call.terms, structuredClone(sent))
      assert.deepEqual([call.id, call.operation, call.timeoutMs, call.input.fields], [7, 3, 1_500, { a: 1 }])
      assert.equal(Buffer.from(call.input.body!).toString(), Buffer.from(text).toString())

      const answer = reply(text, { versions: sent.key, changedAt: sent.traceParent, replayed: true })
      const terms = { id: 9, maxBytes: MAX_BYTES }
      const { reply: answered } = readAnswer(payloadOf(written((writer) => writeAnswer(writer, terms, answer))))
      assert.deepEqual(
        { ...answered, data: answered.data.toString() },
        { ...answer, data: Buffer.from(text).toString() },
      )

      const error = new BanyanError(coreErrors.INVALID_INPUT({ faults: [text] }).toJSON(), { replayed: true })
      const failed = readFailure(payloadOf(written((writer) => writeFailure(writer, 9, error))))
      assert.deepEqual([failed.error.toJSON(), failed.error.replayed], [error.toJSON(), true])
    }),
    { numRuns: 200 },
  )
})

test('a text that no length can name is refused, and the frames around it are whole', () => {
  const bytes = written((writer) => {
    writeFailure(writer, 1, coreErrors.NOT_FOUND())
    const key = 'x'.repeat(70_000)
    assert.throws(
      () => writeCall(writer, toCall({ ...NO_TERMS, key })),
      (error) => isError(error, meshErrors.MESSAGE_TOO_LARGE),
    )
    writeFailure(writer, 2, coreErrors.NOT_FOUND())
  })
  assert.deepEqual(
    readFrames(bytes, []).map(({ kind }) => kind),
    [frameKinds.failure, frameKinds.failure],
  )
})

const NO_TERMS: CallTerms = {
  principal: anonymous,
  key: null,
  requestId: 'r',
  traceParent: null,
  saga: null,
  ifMatch: null,
  waitMs: 0,
}

function terms(): fc.Arbitrary<CallTerms> {
  const text = fc.string({ unit: 'grapheme', maxLength: 50 })
  const optional = fc.option(text)
  const principal: fc.Arbitrary<Principal> = fc.oneof(
    fc.constant(anonymous),
    fc.record({ kind: fc.constant('service' as const), name: text }),
    fc.record({
      kind: fc.constant('user' as const),
      id: text,
      role: text,
      scopes: fc.option(fc.array(text)),
      sessionId: optional,
    }),
  )
  const saga = fc.option(fc.record({ id: text, step: text, fence: fc.maxSafeNat() }))
  const waitMs = fc.nat({ max: 600_000 })
  return fc.record({
    principal,
    key: optional,
    requestId: text,
    traceParent: optional,
    saga,
    ifMatch: optional,
    waitMs,
  })
}

function toCall(sent: CallTerms) {
  return { id: 7, operation: 3, timeoutMs: 1_500, terms: sent, fields: '{"a":1}', body: null }
}

function payloadOf(bytes: Buffer): PayloadReader {
  return new PayloadReader(bytes, HEAD_BYTES, bytes.length)
}

function onlyMalformed(task: () => unknown): void {
  try {
    task()
  } catch (error) {
    assert.ok(error instanceof MalformedFrame, String(error))
  }
}
