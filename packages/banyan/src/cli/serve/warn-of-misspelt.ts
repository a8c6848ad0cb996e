import { findMisspelt, settingsOf, type AppDefinition } from '../../runtime/index.ts'

/** A start goes on: who knows whose variable it is. Values are not shown, they may be secrets. */
export function warnOfMisspelt(app: AppDefinition, environment: NodeJS.ProcessEnv): void {
  for (const { name, meant } of findMisspelt(settingsOf(app), environment)) {
    process.stderr.write(`banyan: ${name} is no setting and changes nothing. Did you mean ${meant}?\n`)
  }
}
