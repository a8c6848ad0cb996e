import { coreErrors, isDeclared } from '../../core/index.ts'

/**
 * For work that follows a commit and does not undo it. A failure that speaks for its own part only ("nothing was
 * applied, try again") would make a caller repeat the whole under a new key.
 * @throws `api.UNAVAILABLE` in place of such a failure: repeat with the same key.
 */
export async function afterCommit<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const denies = isDeclared(error) && error.effect === 'not-applied' && error.retry === 'safe'
    throw denies ? coreErrors.UNAVAILABLE({ what: 'The outcome' }, { cause: error }) : error
  }
}
