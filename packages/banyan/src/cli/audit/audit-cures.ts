import type { AuditFinding } from '../../runtime/index.ts'

/**
 * Who mends it. `--repair` may only set going again what waits for a person (`sagas`, `dead letters`): everything else would edit
 * rows, and hide what went wrong. A `command` is one to be typed; the rest is done by `hand`.
 */
export type Mender = 'sagas' | 'dead letters' | 'command' | 'hand'

export interface Cure {
  readonly by: Mender
  /** What to do; a command can be pasted, but for `NAME`. */
  readonly todo: string
  /** Finds in a row, as its first group, what `NAME` stands for. */
  readonly name?: RegExp
}

/** Of each invariant of docs/guarantees.md. */
export const CURES: Readonly<Record<string, Cure>> = {
  I1: {
    by: 'sagas',
    todo: '`banyan sagas ls --status needs-attention` says what each open order waits for. Mend that, then --repair resumes them.',
  },
  I2: byHand(
    'Of total, lines, goods and capture the one that contradicts the others is wrong; the order’s event in the log tells what was agreed. Money is refunded or captured at the provider, no command moves it unasked; a row of the shop that is wrong is set right.',
  ),
  I3: byHand('Money was kept: refund it at the provider, whose webhook brings it into the books.'),
  I4: byHand('Count the shelf and restock by the difference: the books say where they parted.'),
  I5: byHand(
    'A payment stands in its row, in the ledger and at the provider: the one that contradicts the others is wrong. A row is set right; the ledger is only appended to, so that its difference is booked as a transfer of its own; at the provider it is refunded.',
  ),
  I6: byHand('Restore the write from the latest backup, or from what its client wrote down.'),
  I7: byHand('Ask whose request it was; undo it as its owner would, by cancelling it.'),
  I8: byHand('The log lost rows: restore it from a backup. Consumers cannot tell what they were never told.'),
  I9: {
    by: 'command',
    todo: '`banyan projections rebuild NAME`, when that is a read model. What another consumer did twice only its own service can undo.',
    name: /^[^:]+: (\S+) at /,
  },
  I10: {
    by: 'command',
    todo: '`banyan projections rebuild NAME` builds it again beside the live one and swaps it in.',
    name: /^([^:]+): /,
  },
  I11: byHand(
    'A restart empties the memory of a gateway, FLUSHDB that of Redis; caches in front forget with `banyan cache purge`.',
  ),
  I12: byHand(
    'Nothing stored is wrong: find the reads named here that did not send, or did not obey, a Consistency-Token.',
  ),
  I13: {
    by: 'sagas',
    todo: 'A key whose saga needs attention is answered once --repair has resumed it; one whose saga is nowhere expires after a day.',
  },
  I14: byHand('`banyan sagas show ID` tells what ran; undo by hand what ran after the end.'),
  I15: byHand(
    'A participant obeyed a fence that nobody gave out: look for a second installation on the same databases.',
  ),
  I16: byHand(
    'Stop what writes with another layout of shards, and move the rows named here to where their ids belong.',
  ),
  I17: {
    by: 'dead letters',
    todo: '--repair replays dead letters whose cause is gone. Events that are missing were lost in the consumer: rebuild what it writes.',
  },
  I18: byHand(
    'End the session named here: `SELECT pg_terminate_backend(PID)`; a lease ends by itself when its process does.',
  ),
  I21: byHand('Change the secret that was written, then delete the lines, also where logs were sent.'),
}

/** What whoever reads of broken invariants is told to do, line by line: first to start the app where it does not run. */
export function adviceOf(findings: readonly AuditFinding[], appRuns: boolean): string[] {
  const cures = curesOf(findings)
  return cures.length === 0 || appRuns ? cures : [NOTHING_ARRIVES, ...cures]
}

const NOTHING_ARRIVES =
  'The app does not run, and what was under way when it stopped goes on only when it does: orders that are open, stock that is not sold yet,\n' +
  'payments that nobody has heard of. Start it, and audit again after a minute, before you do anything of the following.'

/** One line for each broken invariant, and for each name that its command is given: what mends it. */
export function curesOf(findings: readonly AuditFinding[]): string[] {
  return findings.filter(({ verdict }) => verdict === 'broken').flatMap(cureOf)
}

function cureOf({ invariant, rows }: AuditFinding): string[] {
  const { by, todo, name } = CURES[invariant] ?? OWN
  const names = new Set(name ? rows.flatMap((row) => name.exec(row)?.[1] ?? []) : [])
  const todos = names.size === 0 ? [todo] : [...names].map((found) => todo.replace('NAME', found))
  return todos.map((text) => `${invariant} ${MENDED[by]}: ${text}`)
}

const MENDED: Readonly<Record<Mender, string>> = {
  sagas: 'may be repaired',
  'dead letters': 'may be repaired',
  command: 'is repaired by a command',
  hand: 'is mended by hand',
}

/** Of an invariant that a service has added. */
const OWN: Cure = byHand('The service that names it says what it means; mend the cause, then the rows.')

function byHand(todo: string): Cure {
  return { by: 'hand', todo }
}
