import type { StoredEvent } from '../../log/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { EventFilter } from './log-cursor.ts'
import type { Upcaster } from '../upcast.ts'

export interface FilterOptions {
  readonly upcaster: Upcaster
  /** Is this event about something that lives here? */
  readonly accepts: (event: StoredEvent) => boolean
  readonly logger: Logger
}

/**
 * What a consumer asks for. In a rollout processes of two releases share its lanes: an event of a version that only the newer one
 * knows stops the older one, which says so once, and the newer one carries on from there.
 */
export function createFilter({ upcaster, accepts, logger }: FilterOptions): EventFilter {
  const told = new Set<string>()

  function tell({ type, log, position }: StoredEvent): void {
    if (told.has(type)) return
    told.add(type)
    logger.warn(
      { type, log, position },
      'an event is of a newer version than this process knows, and waits for one that does',
    )
  }

  return {
    isWanted: (event) => upcaster.wants(event.type) && accepts(event),
    isBeyond(event) {
      if (!upcaster.isBeyond(event.type) || !accepts(event)) return false
      tell(event)
      return true
    },
  }
}
