import type { Transaction } from '../data/index.ts'
import type { StoredEvent } from '../log/index.ts'
import type { Upcast } from './upcast.ts'

/** Reacts to events of other services, exactly once per event in its own database, in order per aggregate. */
export interface ConsumerDefinition {
  /** `notifications.mail`: names its cursors; renaming it starts from the beginning. */
  readonly name: string
  /** Event types, e.g. `orders.order-confirmed.v1`; others are passed over. */
  readonly types: readonly string[]
  /** Set-based: a batch of events in log order. All in the transaction that also moves the cursors. */
  handle(tx: Transaction, events: readonly StoredEvent[]): Promise<void>
  /** What becomes of an event that keeps failing: `park` its aggregate (default) or, chosen on purpose, `skip` it. */
  readonly poison?: 'park' | 'skip'
  /** How events of old types are read as those in `types`. */
  readonly upcasts?: readonly Upcast[]
  /** Least time from batch to batch while events keep coming, milliseconds; a lone event waits for nothing, a full batch neither. Default 20. */
  readonly minIntervalMs?: number
}

/** A read model built from events: droppable, rebuilt beside the live one, compared, swapped. */
export interface ProjectionDefinition {
  /** `orders.order-history` */
  readonly name: string
  readonly types: readonly string[]
  /** The live table; the rebuild works on `<table>_rebuild` with the same columns and indexes. */
  readonly table: string
  readonly upcasts?: readonly Upcast[]
  /** `table` is the one to write to: the live or the rebuilt one. It is a checked identifier, safe to put into SQL. */
  apply(tx: Transaction, table: string, events: readonly StoredEvent[]): Promise<void>
}
