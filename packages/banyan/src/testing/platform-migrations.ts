import type { MigrationSource } from '../data/index.ts'

/** The tables of the platform's areas, and those of one folder more. */
export function platformMigrations(area: string, folder: URL): MigrationSource[] {
  const platform = ['command', 'log', 'saga'].map((name) => ({
    area: name,
    folder: new URL(`../${name}/migrations/`, import.meta.url),
  }))
  return [...platform, { area, folder }]
}
