import type { StoredEvent } from '../log/index.ts'

/** Turns the payload of an old event type into that of the next. Pure: it runs again at each replay and rebuild. */
export interface Upcast {
  /** `orders.order-placed.v1` */
  readonly from: string
  /** `orders.order-placed.v2` */
  readonly to: string
  // Each upcast knows its own payloads; the list of them does not.
  up(payload: never): unknown
}

export function defineUpcast<From, To>(from: string, to: string, up: (payload: From) => To): Upcast {
  return Object.freeze({ from, to, up: up as (payload: never) => unknown })
}

/** Reads old events as new ones, step by step (v1 → v2 → v3). */
export interface Upcaster {
  /** Is this type, or what becomes of it, one of those asked for? */
  wants(type: string): boolean
  /**
   * Is it a later version of one of those than this process knows? Then a process of a newer release wrote it, and one will have to
   * read it: passed over here, it would be lost.
   */
  isBeyond(type: string): boolean
  /** @throws what an upcast throws: the event is poison then. */
  upcast(event: StoredEvent): StoredEvent
}

export function createUpcaster(types: readonly string[], upcasts: readonly Upcast[] = []): Upcaster {
  const wanted = new Set(types)
  const steps = new Map(upcasts.map((step) => [step.from, step]))
  const latest = latestVersions(types, upcasts)
  const chains = new Map([...steps.keys()].map((type) => [type, chainOf(type)] as const).filter(([, chain]) => chain))

  return {
    wants: (type) => wanted.has(type) || chains.has(type),
    isBeyond(type) {
      const { name, version } = parseType(type)
      return version > (latest.get(name) ?? Infinity)
    },
    upcast(event) {
      return chains.get(event.type)?.reduce(applyStep, event) ?? event
    },
  }

  /** From `type` to the first type that is asked for; `null`: none is. A step comes up once, so a circle ends too. */
  function chainOf(type: string): readonly Upcast[] | null {
    const chain: Upcast[] = []
    for (let step = steps.get(type); step && !chain.includes(step); step = steps.get(step.to)) {
      chain.push(step)
      if (wanted.has(step.to)) return chain
    }
    return null
  }
}

/** Of each event that is asked for, by its name without version. */
function latestVersions(types: readonly string[], upcasts: readonly Upcast[]): ReadonlyMap<string, number> {
  const latest = new Map<string, number>()
  const note = (type: string) => {
    const { name, version } = parseType(type)
    latest.set(name, Math.max(version, latest.get(name) ?? 0))
  }
  types.forEach(note)
  for (const { from, to } of upcasts) for (const type of [from, to]) if (latest.has(parseType(type).name)) note(type)
  return latest
}

/** `orders.order-placed.v2` → `orders.order-placed`, 2 */
function parseType(type: string): { readonly name: string; readonly version: number } {
  const at = type.lastIndexOf('.v')
  const version = type.slice(at + 2)
  return at > 0 && /^\d+$/.test(version)
    ? { name: type.slice(0, at), version: Number(version) }
    : { name: type, version: 0 }
}

function applyStep(event: StoredEvent, step: Upcast): StoredEvent {
  return { ...event, type: step.to, payload: step.up(event.payload as never) }
}
