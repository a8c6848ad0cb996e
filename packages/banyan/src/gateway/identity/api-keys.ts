import { hash } from 'node:crypto'
import { randomText, type Random } from '../../core/index.ts'

const PREFIX = 'bk_' // lets secret scanners recognise a leaked key
const RANDOM_CHARACTERS = 40 // 200 bits: a plain hash is enough, nobody can guess what is behind it

/** A new API key: `key` is shown once and never stored, `keyHash` is stored. */
export function createApiKey(random: Random): { readonly key: string; readonly keyHash: string } {
  const key = PREFIX + randomText(random, RANDOM_CHARACTERS)
  return { key, keyHash: hashApiKey(key) }
}

/** SHA-256 of the key, 64 hexadecimal digits. */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'hex')
}

/** Tells a key from a token before anything is hashed or asked. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text)
}

const API_KEY = /^bk_[0-9a-hjkmnp-tv-z]{40}$/
