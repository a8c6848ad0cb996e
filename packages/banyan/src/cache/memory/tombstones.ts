import type { Positions } from '../../contract/index.ts'
import { mergePositions } from '../answer.ts'
import type { Cause, Refusal } from '../layer.ts'
import { versionOfRow } from './row-versions.ts'

/**
 * What was changed lately, by tag, so that an answer that was read before does not land after it. Bounded: the oldest are folded into
 * one floor that counts for every tag. That refuses at most what was being read at that time; what is read later includes it.
 */
export interface Tombstones {
  leave(tags: readonly string[], cause: Cause): void
  /** Everything that is being read now is refused. */
  leaveForAll(): void
  /** The present moment, to be handed back with what is read from now on. */
  moment(): number
  /** Why an answer read since then is not to be kept; `null`: it may be. */
  refuse(tags: readonly string[], since: number, state: State): Refusal | null
}

/** What an answer is known to include. */
export interface State {
  readonly includes: Positions
  /** Of its rows; `null`: they are not known. */
  readonly versions: string | null
}

type EventCause = Extract<Cause, { kind: 'event' }>

/** By its place in the log, or because the row that it is of has its version. */
export function includesEvent(
  { includes, versions }: State,
  { log, position, row }: Omit<EventCause, 'kind'>,
): boolean {
  return (includes[log] ?? 0) >= position || (row !== undefined && versionOfRow(versions, row.name) >= row.version)
}

interface Tombstone {
  readonly moment: number
  /** Of events that only their positions tell of. */
  readonly positions: Positions
  /** Of events of rows: of each row in each log the last. */
  readonly rows: readonly RowTombstone[]
}

interface RowTombstone extends Omit<EventCause, 'kind'> {
  readonly row: NonNullable<EventCause['row']>
}

const NONE: Tombstone = Object.freeze({ moment: 0, positions: {}, rows: [] })

export function createTombstones(maxTombstones: number): Tombstones {
  /** Left longest ago first. */
  const byTag = new Map<string, Tombstone>()
  let floor = NONE
  let now = 1

  return {
    leave(tags, cause) {
      if (cause.kind === 'write') now += 1
      for (const tag of tags) renew(tag, cause)
      for (const [tag, tombstone] of byTag) {
        if (byTag.size <= maxTombstones) break
        floor = fold(floor, tombstone)
        byTag.delete(tag)
      }
    },
    leaveForAll() {
      now += 1
      floor = { ...floor, moment: now }
    },
    moment: () => now,
    refuse(tags, since, state) {
      const refusal = refuseFor(floor, since, state)
      if (refusal) return refusal
      for (const tag of tags) {
        const tombstone = byTag.get(tag)
        const why = tombstone ? refuseFor(tombstone, since, state) : null
        if (why) return why
      }
      return null
    },
  }

  function renew(tag: string, cause: Cause): void {
    const known = byTag.get(tag) ?? NONE
    byTag.delete(tag)
    byTag.set(tag, cause.kind === 'event' ? withEvent(known, cause) : { ...known, moment: now })
  }
}

function withEvent(known: Tombstone, { log, position, row }: EventCause): Tombstone {
  if (row === undefined) return { ...known, positions: mergePositions(known.positions, { [log]: position }) }
  const isSame = (one: RowTombstone) => one.log === log && one.row.name === row.name
  const before = known.rows.find(isSame)
  const version = Math.max(row.version, before?.row.version ?? 0)
  const last = { log, position: Math.max(position, before?.position ?? 0), row: { name: row.name, version } }
  return { ...known, rows: [...known.rows.filter((one) => !isSame(one)), last] }
}

/** A row's version says nothing under other tags: there only the position does. */
function fold(floor: Tombstone, { moment, positions, rows }: Tombstone): Tombstone {
  const ofRows = rows.reduce((all, { log, position }) => mergePositions(all, { [log]: position }), positions)
  return { moment: Math.max(floor.moment, moment), positions: mergePositions(floor.positions, ofRows), rows: [] }
}

function refuseFor({ moment, positions, rows }: Tombstone, since: number, state: State): Refusal | null {
  if (moment > since) return 'lost'
  for (const log in positions) if ((state.includes[log] ?? 0) < positions[log]!) return 'older'
  return rows.every((event) => includesEvent(state, event)) ? null : 'older'
}
