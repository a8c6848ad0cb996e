import { hash, verify } from '@node-rs/argon2'
import type { Random } from 'banyan/core'
import { createSlots } from './slots.ts'

export interface PasswordHasherOptions {
  readonly random: Random
  /** Hashes computed at once. Default 2: of libuv's four threads, DNS and files keep two. */
  readonly maxRunning?: number
  /** Hashes waiting for a slot. Default 128: about 2 s of work, and less than a log-in's deadline. */
  readonly maxWaiting?: number
}

export interface PasswordHasher {
  /** An encoded argon2id hash with its own salt. @throws `api.OVERLOADED`, `api.CANCELLED` */
  hash(password: string, signal: AbortSignal): Promise<string>
  /**
   * Whether this is the password behind the hash. Without a hash (nobody has that e-mail address) it is not, and
   * finding out takes as long. @throws `api.OVERLOADED`, `api.CANCELLED`
   */
  verify(encoded: string | null, password: string, signal: AbortSignal): Promise<boolean>
}

/** Passwords by argon2id with OWASP's parameters (Password Storage Cheat Sheet): 26 ms and 19 MiB a hash. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { random, maxRunning = 2, maxWaiting = 128 } = options
  const inSlot = createSlots({ what: 'The queue of passwords to hash', maxRunning, maxWaiting })
  const nobodysHash = createNobodysHash(random)
  return {
    hash: (password, signal) => inSlot(() => hash(normalise(password), PARAMETERS), signal),
    verify: (encoded, password, signal) => inSlot(() => verify(encoded ?? nobodysHash, normalise(password)), signal),
  }
}

const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } // KiB, passes, lanes; argon2id is the default
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A hash of no password that anybody knows; comparing with it costs what comparing with a real one costs. */
function createNobodysHash(random: Random): string {
  const { memoryCost, timeCost, parallelism } = PARAMETERS
  const [salt, digest] = [SALT_BYTES, HASH_BYTES].map((bytes) => encodeUnpadded(random.bytes(bytes)))
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${digest}`
}

function encodeUnpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

/** The same password typed on two keyboards may be two sequences of code points (NIST SP 800-63B, 5.1.1.2). */
function normalise(password: string): string {
  return password.normalize('NFKC')
}
