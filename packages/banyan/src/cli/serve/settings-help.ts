import type { SettingTable } from '../../runtime/index.ts'

/** A line for each setting: name, what it is, default. */
export function describeSettings(table: SettingTable): string {
  const width = Math.max(...Object.keys(table).map((name) => name.length))
  const lines = Object.entries(table).map(([name, setting]) => {
    const fallback = setting.default === null ? '' : ` (default: ${setting.default})`
    return `  ${name.padEnd(width)}  ${setting.description}${fallback}`
  })
  return `\nSettings, as environment variables:\n${lines.join('\n')}\n`
}
