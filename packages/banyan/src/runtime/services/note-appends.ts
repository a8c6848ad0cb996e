import type { Frontier } from '../../contract/index.ts'
import type { Database } from '../../data/index.ts'
import { lastPosition, logName, type Appended, type LocalLogSource } from '../../log/index.ts'

export interface NoteAppendsOptions {
  readonly frontier: Pick<Frontier, 'raise'>
  readonly log: Pick<LocalLogSource, 'log' | 'notifyAppend'>
  /** The one that holds the log. */
  readonly database: Database
}

/**
 * What is committed is known to this process from then on, also what it finds that another one has done. Positions say something of
 * the log that they were drawn in only: those of another database are not told to this one, whose memory of its tail would hand them out.
 */
export function noteAppends({ frontier, log, database: own }: NoteAppendsOptions) {
  const name = logName(log.log)
  return {
    onAppend(database: Database, appended: Appended): void {
      if (database !== own) return
      frontier.raise({ [name]: appended.lastPosition })
      log.notifyAppend(appended)
    },
    async onRecall(database: Database): Promise<void> {
      if (database === own) frontier.raise({ [name]: await lastPosition(database) })
    },
  }
}
