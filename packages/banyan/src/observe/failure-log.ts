import { isOutage } from './failure.ts'
import type { Logger } from './logger.ts'

export interface FailureLogOptions {
  readonly logger: Logger
  /** `log cannot be read, trying again` */
  readonly fails: string
  /** `log can be read again` */
  readonly works: string
  /** Stand in both lines. */
  readonly fields?: object
  /** Default: none. */
  readonly early?: EarlySigns
}

/**
 * How an outage begins before whoever reaches for the dependency has noticed it: to one that was stopped, or cut off, calls time out.
 * One that only ever answers too late is told after so many.
 */
export interface EarlySigns {
  readonly isSign: (error: unknown) => boolean
  /** More than fit into the time until it is noticed. */
  readonly inARow: number
}

/**
 * What the log says of work that is done again and again: once that it fails, once that it works again. That a dependency is
 * away is said by whoever reaches for it (a wire, a pool), so that one outage is one line and not one of each that suffers.
 */
export interface FailureLog {
  failed(error: unknown): void
  worked(): void
}

export function createFailureLog({ logger, fails, works, fields = {}, early }: FailureLogOptions): FailureLog {
  let hasWarned = false
  let failures = 0
  let signs = 0

  function isEarly(error: unknown): boolean {
    signs = early?.isSign(error) ? signs + 1 : 0
    return signs > 0 && signs < early!.inARow
  }

  return {
    failed(error) {
      failures += 1
      if (isEarly(error) || hasWarned || isOutage(error)) return logger.debug({ ...fields, error }, fails)
      hasWarned = true
      logger.warn({ ...fields, error }, fails)
    },
    worked() {
      if (hasWarned) logger.info({ ...fields, failures }, works)
      hasWarned = false
      failures = signs = 0
    },
  }
}
