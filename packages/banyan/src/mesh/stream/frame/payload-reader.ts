import { MalformedFrame } from './frame.ts'

/** Reads a payload front to back and never beyond its end. */
export class PayloadReader {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  u8(): number {
    return this.#bytes[this.#step(1)]!
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#step(2))
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#step(4))
  }

  text(): string {
    const length = this.u16()
    const from = this.#step(length)
    return this.#bytes.toString('utf8', from, from + length)
  }

  /** @throws MalformedFrame */
  json(): unknown {
    return parseJson(this.text())
  }

  /** `undefined` for an empty text. @throws MalformedFrame */
  jsonOrNothing(): unknown {
    const text = this.text()
    return text === '' ? undefined : parseJson(text)
  }

  /** To the end. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at, this.#end)
  }

  restText(): string {
    return this.#bytes.toString('utf8', this.#at, this.#end)
  }

  /** @throws MalformedFrame */
  restJson(): unknown {
    return parseJson(this.restText())
  }

  #step(bytes: number): number {
    const from = this.#at
    if (from + bytes > this.#end) throw new MalformedFrame('a frame ends in the middle of a field')
    this.#at = from + bytes
    return from
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MalformedFrame('a field is not JSON', { cause })
  }
}
