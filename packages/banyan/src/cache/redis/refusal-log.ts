import type { Logger } from '../../observe/index.ts'

/** Says once for each kind of refusal that Redis does not do what it is asked, until it is told to forget. */
export interface RefusalLog {
  failed(error: unknown): void
  /** After a new connection rights and memory may be others. */
  forget(): void
}

/** What Redis answers begins with a word for its kind (`NOPERM`, `OOM`, `READONLY`), so their number is small. */
const KIND = /^[A-Z]+/
const MAX_KINDS = 16

/** Connections are another matter: who is refused has one, and would otherwise never be heard of. */
export function createRefusalLog(logger: Logger): RefusalLog {
  const told = new Set<string>()
  return {
    failed(error) {
      if (!(error instanceof Error) || error.name !== 'ReplyError') return
      const kind = KIND.exec(error.message)?.[0] ?? ''
      if (told.has(kind) || told.size === MAX_KINDS) return
      told.add(kind)
      logger.warn({ error }, 'Redis refuses what it is asked; answers come without it')
    },
    forget: () => told.clear(),
  }
}
