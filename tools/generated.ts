import { describeDecisions } from './walls/adr-index.ts'
import { describeAreas } from './walls/area-graph.ts'
import { describeErrors } from './walls/error-docs.ts'
import { describeSettings } from './walls/settings-docs.ts'
import { readSources } from './walls/sources.ts'

/** A committed file that is made from the sources; its test fails when it is stale. */
export interface GeneratedFile {
  readonly path: string
  readonly make: (root: string) => Promise<string>
}

export const GENERATED_FILES: readonly GeneratedFile[] = [
  { path: 'docs/reference/areas.md', make: async (root) => describeAreas(readSources(root, ['.ts'])) },
  { path: 'docs/errors.md', make: describeErrors },
  { path: 'docs/reference/settings.md', make: describeSettings },
  { path: 'docs/adr/README.md', make: async (root) => describeDecisions(readSources(root, ['.md'])) },
]
