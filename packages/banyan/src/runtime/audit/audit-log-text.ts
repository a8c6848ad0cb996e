import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { AuditFinding } from '../app.ts'

export interface LogAudit {
  /** What the processes wrote, a line an entry. */
  readonly files: readonly string[]
  /** Texts that no line may hold: passwords, keys. Never shown. */
  readonly secrets: readonly string[]
}

const MAX_ROWS = 100

/** I21: no secret that is known, and nothing that looks like one. Rows name the line and the kind, not the secret. */
export async function auditLogText({ files, secrets }: LogAudit): Promise<AuditFinding[]> {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
  const rows: string[] = []
  let checked = 0
  for (const file of files) {
    let number = 0
    for await (const line of createInterface({ input: createReadStream(file) })) {
      number++
      const kind = findSecret(line, known)
      if (kind !== null && rows.length < MAX_ROWS) rows.push(`${file}:${number} holds ${kind}`)
    }
    checked += number
  }
  return [{ invariant: 'I21', verdict: rows.length === 0 ? 'holds' : 'broken', checked, rows }]
}

/** Shorter ones are words that any line may hold. */
const MIN_SECRET_CHARACTERS = 8

/** `null`: none. */
export function findSecret(line: string, known: readonly string[]): string | null {
  if (known.some((secret) => line.includes(secret))) return 'a secret of this system'
  const found = KINDS.find(({ pattern }) => pattern.test(line))
  if (found) return found.kind
  return [...line.matchAll(CARD)].some(([digits]) => isCardNumber(digits)) ? 'a card number' : null
}

const KINDS = [
  { kind: 'a signed token', pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{16,}/ },
  { kind: 'a bearer token', pattern: /\bbearer\s+(?!\[)[\w.~+/-]{16,}/i },
  { kind: 'a password hash', pattern: /\$argon2id\$[^"\s]{20,}/ },
  { kind: 'a password in an address', pattern: /\b[a-z][a-z0-9+]*:\/\/[^\s/:@"]+:(?!\[)[^\s/@"]{3,}@/ },
  { kind: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
] as const

/** Sixteen digits that begin as cards do; whether they are one says their check digit. */
const CARD = /(?<![\d.])(?:4\d{3}|5[1-5]\d\d|6011|65\d\d)\d{12}(?![\d.])/g

/** Luhn, ISO/IEC 7812-1. */
function isCardNumber(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
