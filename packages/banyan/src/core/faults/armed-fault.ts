import { coreErrors } from '../core-errors.ts'
import { describePoint, faultPoints, isFaultPoint, type FaultPoint } from './points.ts'

/**
 * - `exit`: the process ends as by SIGKILL.
 * - `throw`: whatever was done so far is undone by whoever called.
 * - `commit-then-throw`: the same after a COMMIT, whose answer the caller has lost.
 * - `delay`: goes on after so many milliseconds.
 * - `hang`: never goes on.
 */
export type FaultAction =
  | { readonly kind: 'exit' | 'throw' | 'commit-then-throw' | 'hang' }
  | { readonly kind: 'delay'; readonly ms: number }

/** When a point acts: the n-th time that a process reaches it, then never again; or each time, with a probability. */
export type FaultTiming =
  | { readonly kind: 'nth'; readonly nth: number }
  | { readonly kind: 'chance'; readonly probability: number }

export interface ArmedFault {
  readonly point: FaultPoint
  /** Only where the point is about this; `null`: whatever it is about. */
  readonly subject: string | null
  readonly action: FaultAction
  readonly timing: FaultTiming
}

const ONE =
  /^(?<point>[a-z.-]+)(\((?<subject>[^()]+)\))?=(?<action>[a-z-]+)(:(?<ms>\d{1,6}))?(#(?<nth>\d{1,6})|@(?<chance>[01](\.\d+)?))?$/

/**
 * `point[(subject)]=action[:ms][#nth | @probability]`, separated by `;`. Without `#` or `@` it acts the first time.
 * @throws `api.INVALID_OPTIONS` with every fault of the text.
 */
export function parseFaults(text: string): readonly ArmedFault[] {
  const faults: string[] = []
  const armed = text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .flatMap((one) => parseOne(one, faults) ?? [])
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject: 'BANYAN_FAULTS', faults: faults.join(' ') })
  return armed
}

function parseOne(text: string, faults: string[]): ArmedFault | null {
  const groups = ONE.exec(text)?.groups
  if (!groups) {
    faults.push(`${JSON.stringify(text)} must look like command.committed(orders.placeOrder)=exit#2.`)
    return null
  }
  const { point = '', subject, nth, chance } = groups
  const action = parseAction(groups.action!, groups.ms)
  const fault = isFaultPoint(point)
    ? action === null
      ? `${groups.action} is none of exit, throw, commit-then-throw, delay:MS, hang.`
      : faultOf(point, action)
    : `${point} is no fault point; there are ${Object.keys(faultPoints).join(', ')}.`
  if (fault !== null) {
    faults.push(fault)
    return null
  }
  const timing: FaultTiming =
    chance === undefined
      ? { kind: 'nth', nth: Number(nth ?? 1) }
      : { kind: 'chance', probability: Math.min(1, Number(chance)) }
  return { point: point as FaultPoint, subject: subject ?? null, action: action!, timing }
}

function parseAction(name: string, ms: string | undefined): FaultAction | null {
  if (name === 'delay') return ms === undefined ? null : { kind: 'delay', ms: Number(ms) }
  return name === 'exit' || name === 'throw' || name === 'commit-then-throw' || name === 'hang' ? { kind: name } : null
}

/** To throw after a COMMIT is another fault than before one: the name says which is meant. */
function faultOf(point: FaultPoint, { kind }: FaultAction): string | null {
  const follows = describePoint(point).afterCommit === true
  if (kind === 'throw' && follows) return `${point} follows a COMMIT: ask for commit-then-throw.`
  if (kind === 'commit-then-throw' && !follows) return `${point} follows no COMMIT: ask for throw.`
  return null
}
