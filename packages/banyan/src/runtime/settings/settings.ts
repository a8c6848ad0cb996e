import { coreErrors, isError } from '../../core/index.ts'
import { parseConnectionUrl } from '../../data/index.ts'

/** One setting that a start understands: an environment variable, or a line of the settings file. */
export interface Setting<Value = unknown> {
  readonly description: string
  /** As text, for people; `null`: not set. */
  readonly default: string | null
  readonly secret: boolean
  /** @throws Error whose message says what is allowed. */
  readonly parse: (text: string) => Value
}

export type SettingTable = Readonly<Record<string, Setting>>

/** Values by name; a setting without default that is not set is `undefined`. */
export type SettingValues<Table extends SettingTable> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> | undefined
}

/**
 * Reads every setting of the table from the environment.
 * @throws `api.INVALID_OPTIONS` with all faults at once.
 */
export function readSettings<Table extends SettingTable>(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
): SettingValues<Table> {
  const { values, faults } = inspectSettings(table, environment)
  if (faults.length > 0) throw invalidSettings(faults)
  return values
}

export function invalidSettings(faults: readonly string[]): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The settings', faults: faults.join(' ') })
}

export interface InspectedSettings<Table extends SettingTable> {
  /** What has a fault is `undefined`. */
  readonly values: SettingValues<Table>
  readonly faults: readonly string[]
}

/** For those who have faults of their own to name beside these. */
export function inspectSettings<Table extends SettingTable>(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
): InspectedSettings<Table> {
  const faults: string[] = []
  const values = Object.entries(table).map(([name, setting]) => {
    const text = environment[name] || setting.default
    if (text === null || text === undefined) return [name, undefined]
    try {
      return [name, setting.parse(text)]
    } catch (error) {
      faults.push(describeFault(name, error as Error, setting.secret ? 'a secret' : JSON.stringify(text)))
      return [name, undefined]
    }
  })
  return { values: Object.fromEntries(values) as SettingValues<Table>, faults }
}

/** Parsers with faults of their own name the setting and what they got already. */
function describeFault(name: string, error: Error, got: string): string {
  return isError(error, coreErrors.INVALID_OPTIONS) ? error.message : `${name} ${error.message}, got ${got}.`
}

interface SettingText {
  readonly description: string
  readonly default?: string
  readonly secret?: boolean
}

export function textSetting({ description, default: fallback, secret = false }: SettingText): Setting<string> {
  return { description, default: fallback ?? null, secret, parse: (text) => text }
}

export function integerSetting(
  description: string,
  { fallback, minimum, maximum }: { readonly fallback: number; readonly minimum: number; readonly maximum: number },
): Setting<number> {
  return {
    description,
    default: String(fallback),
    secret: false,
    parse(text) {
      const value = Number(text)
      if (Number.isInteger(value) && value >= minimum && value <= maximum) return value
      throw new Error(`must be a whole number between ${minimum} and ${maximum}`)
    },
  }
}

export function choiceSetting<const Choice extends string>(
  description: string,
  choices: readonly Choice[],
  fallback: Choice,
): Setting<Choice> {
  return {
    description: `${description}: ${choices.join(' | ')}`,
    default: fallback,
    secret: false,
    parse(text) {
      const choice = choices.find((one) => one === text)
      if (choice !== undefined) return choice
      throw new Error(`must be one of ${choices.join(', ')}`)
    },
  }
}

/** A setting whose own parser says what is wrong. */
export function parsedSetting<Value>(
  { description, default: fallback, secret = false }: SettingText,
  parse: (text: string) => Value,
): Setting<Value> {
  return { description, default: fallback ?? null, secret, parse }
}

export function urlSetting(text: SettingText, schemes: readonly string[]): Setting<string> {
  return parsedSetting(text, (url) => {
    if (URL.canParse(url) && schemes.includes(new URL(url).protocol.slice(0, -1))) return url
    throw new Error(`must be a URL beginning with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`)
  })
}

/** Where a PostgreSQL is, with its password. libpq's addresses of a socket (`postgres://user@/shop?host=/run/postgresql`) are no URLs. */
export function databaseSetting(description: string): Setting<string> {
  return parsedSetting({ description, secret: true }, (url) => {
    try {
      parseConnectionUrl(url)
      return url
    } catch {
      throw new Error('must be a URL beginning with postgres:// or postgresql://')
    }
  })
}
