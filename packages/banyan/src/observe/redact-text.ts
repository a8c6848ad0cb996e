/**
 * Replaces secrets inside free text: credentials in URLs, `Authorization` values, tokens, API keys, `name=value` and
 * JSON fields with a secret's name, card numbers. Prefers to hide too much: a line can be read without it.
 */
export function redactText(text: string): string {
  let safe = text
  for (const [pattern, replacement] of PATTERNS) safe = safe.replace(pattern, replacement)
  return safe.replace(CARD_LIKE, (digits) => (isCardNumber(digits) ? '[redacted]' : digits))
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Passwords in connection strings are often not encoded: everything up to the last @ of the word goes.
  [/\b((?!https?:)[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s"'`]+@/gi, '$1:[redacted]@'],
  [/\b(https?:\/\/[^\s:@/]*):[^\s/"'`]+@/gi, '$1:[redacted]@'],
  [/\b((?:set-)?cookie["']?\s*[=:]\s*)[^\n"']+/gi, '$1[redacted]'],
  [/\b(Bearer|Basic|Digest|ApiKey)\s+[\w+/=.~-]{6,}/gi, '$1 [redacted]'],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[redacted]'],
  [/\b(sk|rk|pk|whsec|bk|rt)_[A-Za-z0-9_]{8,}/g, '$1_[redacted]'],
  [/\b(\w+_secret)_[A-Za-z0-9]{8,}/g, '$1_[redacted]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[redacted]'],
  [
    /((?:authorization|cookie|passw(?:or)?d|passphrase|secret|token|api[-_]?key|cvc|cvv)["'\\]*\s*[=:]\s*)(?:\\?"[^"]*"|'[^']*'|(?!\[redacted\])[^\s,;&)}"']+)/gi,
    '$1[redacted]',
  ],
]

// 13 digits beginning with 1 are a time in milliseconds; no card network issues numbers that begin with 0, 1, 7, 8, 9.
const CARD_LIKE = /(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-])/g

/** The Luhn check digit (ISO/IEC 7812-1). */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
