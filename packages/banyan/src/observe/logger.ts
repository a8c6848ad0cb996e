import { pino, type Logger as Pino } from 'pino'
import { redact } from './redact.ts'
import { redactText } from './redact-text.ts'

/** Structured logging. Fields first; secrets are redacted where the line is made. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds `fields` to each line. */
  child(fields: object): Logger
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LoggerOptions {
  /** Lines below it are not made at all. Default `info`. */
  readonly level?: LogLevel
  /** Where the lines go, one JSON object each. Default standard error: standard output belongs to the command. */
  readonly destination?: { write(line: string): void }
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** JSON lines: `{"level":"info","time":"2026-01-15T10:30:00.000Z","service":"orders",…,"msg":"…"}`. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const settings = { ...FORMAT, level: options.level ?? 'info' }
  return wrap(pino(settings, options.destination ?? pino.destination({ fd: 2, sync: true })))
}

/** Reads `LOG_LEVEL`. @throws Error whose message says what is allowed, for whoever reads all settings at once. */
export function parseLogLevel(text: string): LogLevel {
  const level = LEVELS.find((one) => one === text)
  if (level !== undefined) return level
  throw new Error(`must be one of ${LEVELS.join(', ')}`)
}

/** For tests, and for whoever wants no lines at all. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
})

const FORMAT = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
  // Errors are already plain and redacted; pino's own serialiser would call each an Object.
  serializers: { err: (value: unknown) => value },
}

function wrap(target: Pino): Logger {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    // Redaction costs microseconds; a line that is not written must not pay for it.
    if (target.isLevelEnabled(level)) target[level](named(redact(fields)), redactText(message))
  }
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => wrap(target.child(redact(fields) as object)),
  }
}

/** An Error handed in as the fields themselves goes under `error`, like one handed in as a field. */
function named(fields: unknown): object {
  return isRecord(fields) && 'stack' in fields ? { error: fields } : (fields as object)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
