import type { ByteWriter } from './array-types.ts'

const FIRST_BYTES = 16_384
/** One huge array must not keep its memory for ever. */
const MAX_KEPT_BYTES = 1_048_576

/**
 * A growing buffer, used again and again. A class because its methods run several times for each value: they are shared,
 * closures would not be.
 */
export class Scratch implements ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #end = 0

  get length(): number {
    return this.#end
  }

  clear(): void {
    this.#end = 0
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }

  /** What was written, as a buffer of its own. */
  copy(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#end))
  }

  int16(value: number): true {
    this.#reserve(2)
    this.#end = this.#buffer.writeInt16BE(value, this.#end)
    return true
  }

  int32(value: number): true {
    this.#reserve(4)
    this.#end = this.#buffer.writeInt32BE(value, this.#end)
    return true
  }

  /** Overwrites four bytes that were written already. */
  int32At(offset: number, value: number): void {
    this.#buffer.writeInt32BE(value, offset)
  }

  int64(value: number): true {
    this.#reserve(8)
    this.#end = this.#buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.#end)
    this.#end = this.#buffer.writeUInt32BE(value >>> 0, this.#end)
    return true
  }

  bigint64(value: bigint): true {
    this.#reserve(8)
    this.#end = this.#buffer.writeBigInt64BE(value, this.#end)
    return true
  }

  text(value: string): true {
    this.#reserve(3 * value.length) // the most that UTF-8 needs for a UTF-16 unit
    this.#end += this.#buffer.write(value, this.#end, 'utf8')
    return true
  }

  bytes(value: Uint8Array): true {
    this.#reserve(value.length)
    this.#buffer.set(value, this.#end)
    this.#end += value.length
    return true
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#end + count))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}
