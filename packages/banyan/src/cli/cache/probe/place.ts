/** Where an answer may be kept, and how it is looked at there. */
export interface Place {
  /** `browser`, `cdn`, `l1`, `l2`, `database`. */
  readonly layer: string
  readonly where: string
  /** How long after a write the old answer may still be shown; 0: nobody may be shown it by a read that begins after the write. */
  readonly boundMs: number
  /** Row versions of what it shows (`p17.s903`); `null`: nothing. `before`: the versions that a browser has. */
  look(before: string, token: string | null): Promise<string | null>
  /** Whether it answers from a copy at this moment. Absent: it is right whether it keeps one or not. */
  holds?(): Promise<boolean>
}

/** One write as one place showed it. */
export interface Sample {
  /** From the writer's answer until the place did not show the old answer any more. */
  readonly ms: number
  /** Looks that were shown the old answer. */
  readonly staleLooks: number
  /** Whether there was a copy that could have been shown too long; `null`: nobody asked. */
  readonly held: boolean | null
}

export function isOver({ boundMs }: Place, { ms, staleLooks }: Sample): boolean {
  return boundMs === 0 ? staleLooks > 0 : ms > boundMs
}
