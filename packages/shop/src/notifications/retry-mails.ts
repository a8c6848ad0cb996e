import { accept, type CommandHandler } from 'banyan/command'
import { reply } from 'banyan/contract'

interface Waiting {
  readonly mails: number
  readonly now: string
}

/** For people who have seen to the cause: everything that needs attention is due now, with all its attempts. */
export const retryMails: CommandHandler<object, { mails: number }, Waiting, 'retry'> = {
  async load(tx, items) {
    const rows = await tx.query(LOCK)
    return { mails: rows.length, now: items[0]!.now }
  },
  decide: ({ mails }) => accept(reply({ mails }), ['retry']),
  evolve() {
    // Nothing that follows depends on it: each of a batch's retries answers for the same mails.
  },
  save(tx, _changes, { now }) {
    tx.execute(RETRY, [now])
  },
}

const LOCK = `
  SELECT 1 FROM mails WHERE status = 'needs-attention' ORDER BY user_id, event_id FOR UPDATE`

const RETRY = `
  UPDATE mails SET status = 'waiting', attempts = 0, due_at = $1::timestamptz, finished_at = NULL
  WHERE status = 'needs-attention'`
