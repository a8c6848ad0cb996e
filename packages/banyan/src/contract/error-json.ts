import { BanyanError, coreErrors, jsonFault, type ErrorJson } from '../core/index.ts'

/**
 * The error that another process sent. What is no error of ours arrives as `api.INTERNAL` with it as the cause.
 * @param options.replayed It is the stored outcome of an earlier call; travels beside the error's JSON.
 */
export function errorFromJson(json: unknown, options: { replayed?: boolean } = {}): BanyanError {
  return isErrorJson(json) ? new BanyanError(json, options) : coreErrors.INTERNAL({}, { cause: json })
}

const CODE = /^[a-z][a-z0-9-]*\.[A-Z][A-Z0-9_]*$/
const EFFECTS: readonly unknown[] = ['not-applied', 'applied', 'unknown']
const RETRIES: readonly unknown[] = ['never', 'safe', 'same-key']

function isErrorJson(json: unknown): json is ErrorJson {
  if (typeof json !== 'object' || json === null) return false
  const { code, message, effect, retry, http, grpc, details } = json as Partial<Record<keyof ErrorJson, unknown>>
  return (
    typeof code === 'string' &&
    CODE.test(code) &&
    [message, grpc].every((text) => typeof text === 'string') &&
    EFFECTS.includes(effect) &&
    RETRIES.includes(retry) &&
    isErrorStatus(http) &&
    typeof details === 'object' &&
    details !== null &&
    jsonFault(details) === null
  )
}

function isErrorStatus(http: unknown): boolean {
  return typeof http === 'number' && http >= 400 && http <= 599
}
