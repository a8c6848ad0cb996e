/**
 * Tells whether a position that is found drawn is likely this process's own and about to be committed. A guess, which costs an event of
 * another process the time of one look, and saves a busy process the two statements of waiting for itself.
 */
export interface OwnDrawing {
  /** What was found drawn of late was this process's own. */
  readonly isAlone: boolean
  /** This process has drawn positions up to this one. */
  note(to: number): void
  /** What was waited for has come from this process. */
  confirm(): void
  /** The next look takes nothing for this process's own. */
  lookClosely(): void
  /** To be called as a look begins. Whether it is a close one. */
  begin(): boolean
  /**
   * `drawn` was found, beyond the watermark. Whether it may be left to this process: only while everything that was left to it has
   * come.
   */
  leaves(drawn: number, look: { readonly watermark: number; readonly isClose: boolean }): boolean
  clear(): void
}

export function createOwnDrawing(): OwnDrawing {
  let isAlone = false
  let isClose = false
  let drawnTo = 0

  return {
    get isAlone() {
      return isAlone
    },
    note(to) {
      drawnTo = Math.max(drawnTo, to)
    },
    confirm() {
      isAlone = true
    },
    lookClosely() {
      isClose = true
    },
    begin() {
      const closely = isClose
      isClose = false
      return closely
    },
    leaves(drawn, look) {
      isAlone &&= drawnTo <= look.watermark && !look.isClose
      if (isAlone) drawnTo = drawn
      return isAlone
    },
    clear() {
      isAlone = false
      drawnTo = 0
    },
  }
}
