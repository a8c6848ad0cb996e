import type { TracedSagaStart } from '../command/index.ts'
import type { SagaDefinition } from './definition.ts'
import { userOfSaga, type SagaRecord } from './record.ts'

/** The definitions a process can run: all versions of each, the latest for what begins now. */
export interface Definitions {
  /** `name/version` of each. */
  readonly names: readonly string[]
  /** Of the version with which the saga began. */
  of(record: Pick<SagaRecord, 'name' | 'version'>): SagaDefinition
  /** The row of a saga that begins at this time of its database. @throws when nobody registered it. */
  begin(start: TracedSagaStart, nowMs: number): SagaRecord
}

export function createDefinitions(service: string, definitions: readonly SagaDefinition[]): Definitions {
  const byVersion = new Map(definitions.map((definition) => [versionName(definition), definition]))
  const latest = latestVersions(definitions)
  return {
    names: [...byVersion.keys()],
    of: (record) => byVersion.get(versionName(record))!,
    begin(start, nowMs) {
      const definition = latest.get(start.name)
      if (!definition) throw new Error(`No saga '${start.name}' is registered with ${service}.`)
      const { version, deadlineMs } = definition
      const { id, name, subject, input, traceParent } = start
      const deadlineAt = deadlineMs === null ? null : nowMs + deadlineMs
      return { userId: userOfSaga(id), id, name, version, subject, input, deadlineAt, traceParent, ...FRESH }
    },
  }
}

const FRESH = { status: 'running', reason: null, turnedAt: null, fence: 1 } as const

function versionName({ name, version }: Pick<SagaRecord, 'name' | 'version'>): string {
  return `${name}/${version}`
}

function latestVersions(definitions: readonly SagaDefinition[]): Map<string, SagaDefinition> {
  const latest = new Map<string, SagaDefinition>()
  for (const definition of definitions) {
    const known = latest.get(definition.name)
    if (!known || known.version < definition.version) latest.set(definition.name, definition)
  }
  return latest
}
