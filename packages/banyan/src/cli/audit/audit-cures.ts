import type { AuditFinding } from '../../runtime/index.ts'

/** What `--repair` may do: set going again what waits for a person. Everything else would edit rows, and hide what went wrong. */
export type Repair = 'sagas' | 'dead letters' | null

export interface Cure {
  readonly repair: Repair
  /** What to do, by hand where nothing repairs it. */
  readonly todo: string
}

/** Of each invariant of docs/guarantees.md. */
export const CURES: Readonly<Record<string, Cure>> = {
  I1: {
    repair: 'sagas',
    todo: '`banyan sagas ls --status needs-attention` says what each open order waits for. Mend that, then --repair resumes them.',
  },
  I2: byHand(
    'Compare the order with the provider’s own ledger, and refund or capture there. No command moves money unasked.',
  ),
  I3: byHand('Money was kept: refund it at the provider, whose webhook brings it into the books.'),
  I4: byHand('Count the shelf and restock by the difference: the books say where they parted.'),
  I5: byHand('The ledger is only appended to: book the difference as a transfer of its own, once its cause is known.'),
  I6: byHand('Restore the write from the latest backup, or from what its client wrote down.'),
  I7: byHand('Ask whose request it was; undo it as its owner would, by cancelling it.'),
  I8: byHand('The log lost rows: restore it from a backup. Consumers cannot tell what they were never told.'),
  I9: byHand('Stop the consumer, and rebuild what it writes: `banyan projections rebuild NAME` for a read model.'),
  I10: byHand('`banyan projections rebuild NAME` builds it again beside the live one and swaps it in.'),
  I11: byHand(
    '`banyan cache purge` for shared caches; a restart empties the memory of a gateway, FLUSHDB that of Redis.',
  ),
  I12: byHand(
    'Nothing stored is wrong: find the reads named here that did not send, or did not obey, a Consistency-Token.',
  ),
  I13: {
    repair: 'sagas',
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
    repair: 'dead letters',
    todo: '--repair replays dead letters whose cause is gone. Events that are missing were lost in the consumer: rebuild what it writes.',
  },
  I18: byHand(
    'End the session named here: `SELECT pg_terminate_backend(PID)`; a lease ends by itself when its process does.',
  ),
  I21: byHand('Change the secret that was written, then delete the lines, also where logs were sent.'),
}

/** One line for each broken invariant: what mends it. */
export function curesOf(findings: readonly AuditFinding[]): string[] {
  return findings
    .filter(({ verdict }) => verdict === 'broken')
    .map(({ invariant }) => {
      const { repair, todo } = CURES[invariant] ?? OWN
      return `${invariant} ${repair === null ? 'cannot be repaired by a command' : 'may be repaired'}: ${todo}`
    })
}

/** Of an invariant that a service has added. */
const OWN: Cure = byHand('The service that names it says what it means; mend the cause, then the rows.')

function byHand(todo: string): Cure {
  return { repair: null, todo }
}
