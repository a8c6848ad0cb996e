import { invalidationsOf, type ApplicationCachePolicy, type CachePolicy, type CacheStrategy } from './cache-policy.ts'
import type { Contract, Operation } from './contract.ts'

const MAX_AGE_SECONDS = 3_600
const MAX_STALE_SECONDS = 86_400
const ROW_NAME = /^[a-z]{1,8}$/
const EVENT_TYPE = /^[a-z][a-z0-9-]{0,30}\.[a-z][a-z0-9-]{0,62}\.v[1-9][0-9]{0,3}$/

/** What is wrong with an operation's cache policy, a sentence each. */
export function cacheFaults(operation: Operation, contract: Contract): readonly string[] {
  const { cache } = operation
  if (!cache) return []
  return [...httpFaults(operation, cache), ...(cache.application ? keptFaults(operation, contract) : [])]
}

function httpFaults({ access }: Operation, cache: CachePolicy): readonly string[] {
  const { maxAgeSeconds, sharedMaxAgeSeconds, staleWhileRevalidateSeconds = 0, staleIfErrorSeconds = 0 } = cache
  const shared = { sharedMaxAgeSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds }
  const faults = Object.entries({ maxAgeSeconds, ...shared })
    .filter(([, seconds]) => !Number.isInteger(seconds) || seconds < 0)
    .map(([option, seconds]) => `cache.${option} must be a whole number of at least 0, got ${seconds}.`)
  if (access.kind === 'anyone') return faults
  const shown = Object.entries(shared)
    .filter(([, seconds]) => seconds > 0)
    .map(
      ([option, seconds]) =>
        `cache.${option} is ${seconds}, but access is '${access.kind}': a shared cache would show it to others. Use 0.`,
    )
  return [...faults, ...shown]
}

function keptFaults(operation: Operation, contract: Contract): readonly string[] {
  const policy = operation.cache!.application!
  return [...audienceFaults(operation), ...ageFaults(policy), ...strategyFaults(operation, contract)]
}

function audienceFaults({ access }: Operation): readonly string[] {
  if (access.kind === 'anyone') return []
  return [`cache.application keeps one copy for everybody, but access is '${access.kind}'. Remove it.`]
}

function ageFaults(policy: ApplicationCachePolicy): readonly string[] {
  const { maxAgeSeconds, negativeMaxAgeSeconds = 1, staleIfErrorSeconds = 0 } = policy
  return [
    ...outside('maxAgeSeconds', maxAgeSeconds, [1, MAX_AGE_SECONDS]),
    ...outside('negativeMaxAgeSeconds', negativeMaxAgeSeconds, [0, MAX_AGE_SECONDS]),
    ...outside('staleIfErrorSeconds', staleIfErrorSeconds, [0, MAX_STALE_SECONDS]),
  ]
}

function outside(option: string, value: number, [minimum, maximum]: readonly [number, number]): readonly string[] {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return []
  return [`cache.application.${option} must be a whole number between ${minimum} and ${maximum}, got ${value}.`]
}

function strategyFaults({ cache, output }: Operation, { name, events, operations }: Contract): readonly string[] {
  const { strategy } = cache!.application!
  const faults = Object.keys(invalidationsOf(strategy)).flatMap((type) => {
    if (!EVENT_TYPE.test(type)) return [`invalidatedBy names '${type}'. Name events in full: 'orders.order-placed.v1'.`]
    const own = type.startsWith(`${name}.`) && !(type.slice(name.length + 1) in events)
    return own ? [`invalidatedBy names '${type}', but this contract has no such event. Correct the name.`] : []
  })
  faults.push(...rowFaults(strategy))
  if (strategy.kind !== 'write-through') return faults
  const strangers = Object.keys(strategy.writtenBy).filter((command) => {
    const operation = operations[command]
    return operation?.kind !== 'command' || titleOf(operation.output) !== titleOf(output)
  })
  return [
    ...faults,
    ...strangers.map((one) => `writtenBy names '${one}', which is no command of this contract that answers the same.`),
  ]
}

function rowFaults(strategy: CacheStrategy): readonly string[] {
  const rowOf = strategy.kind === 'ttl' ? {} : (strategy.rowOf ?? {})
  return Object.entries(rowOf).flatMap(([type, row]) => [
    ...(type in invalidationsOf(strategy)
      ? []
      : [`rowOf names '${type}', which invalidatedBy does not. Add it there.`]),
    ...(ROW_NAME.test(row) ? [] : [`rowOf names the row '${row}' of '${type}': 1 to 8 letters a–z are allowed.`]),
  ])
}

/** Outputs are rebuilt when an operation is defined, so that identity tells nothing. */
function titleOf(output: object): string {
  return JSON.stringify(output)
}
