/** What each invariant of docs/guarantees.md says, in a few words: a table has no room for its sentence. */
export const MEANINGS: Readonly<Record<string, string>> = {
  I1: 'orders end within their time',
  I2: 'confirmed: captured exactly once',
  I3: 'cancelled: no money kept',
  I4: 'stock adds up, per product',
  I5: 'the ledger sums to zero',
  I6: 'no acknowledged write is lost',
  I7: 'nothing happens unasked',
  I8: 'event versions have no gap',
  I9: 'events applied once, in order',
  I10: 'read models equal their rebuild',
  I11: 'kept answers equal the primary',
  I12: 'sessions read their own writes',
  I13: 'one effect per key, none stuck',
  I14: 'no saga step after the end',
  I15: 'no write with an old fence',
  I16: 'each row in its shard',
  I17: 'no event goes missing',
  I18: 'no leftovers at quiet',
  I19: 'goodput is back after faults',
  I20: 'same state in every topology',
  I21: 'no secret in any log',
}

/** What no look at one system can tell; named, because what is not named would pass for what holds. */
export const SHOWN_BY_TESTS = ['I19', 'I20'] as const

/** Said below the table. */
export function untoldLine(): string {
  const untold = SHOWN_BY_TESTS.map((invariant) => `${invariant} (${MEANINGS[invariant]})`)
  return `Not told by an audit, but shown by tests: ${untold.join(', ')}.`
}
