import { describeDecisions } from './docs/decisions.ts'
import { describeCommands } from './docs/command-docs.ts'
import { describeContracts, SNAPSHOT } from './docs/contract-snapshot.ts'
import { PROTO_FILES } from './docs/proto-files.ts'
import { describeRoutes } from './docs/route-docs.ts'
import { describeAreas } from './docs/area-graph.ts'
import { describeEvidence, PAGE } from './docs/evidence/evidence.ts'
import { describeErrors } from './docs/error-docs.ts'
import { describeFaultPoints } from './docs/fault-point-docs.ts'
import { describeSettings } from './docs/settings-docs.ts'
import type { GeneratedFile } from './generated-file.ts'
import { readSources } from './walls/sources.ts'

export const GENERATED_FILES: readonly GeneratedFile[] = [
  { path: 'docs/reference/areas.md', make: async (root) => describeAreas(readSources(root, ['.ts'])) },
  { path: 'docs/errors.md', make: describeErrors },
  { path: 'docs/reference/settings.md', make: async () => describeSettings() },
  { path: 'docs/reference/fault-points.md', make: async () => describeFaultPoints() },
  { path: 'docs/reference/commands.md', make: async () => describeCommands() },
  { path: 'docs/reference/http-api.md', make: async () => describeRoutes() },
  ...PROTO_FILES,
  { path: PAGE, make: describeEvidence },
  { path: SNAPSHOT, make: async (root) => describeContracts(root) },
  { path: 'docs/adr/README.md', make: async (root) => describeDecisions(readSources(root, ['.md'])) },
]
