import type { ProtoLock, Versions, Wire } from '../contract/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { ConnectionOptions, MigrationSource } from '../data/index.ts'
import type { AttemptLimit, Authenticator, TokenKey, VersionNotice } from '../gateway/index.ts'
import type { Logger } from '../observe/index.ts'
import type { ServiceDefinition } from './services/service.ts'
import type { SettingTable } from './settings/settings.ts'
import type { Topology } from './topology/topology.ts'
import type { Workload } from './workload.ts'

/** What an app hands to the platform: its services, and how its edge tells who asks. */
export interface AppDefinition {
  readonly name: string
  /**
   * Of the code, `major.minor.patch`. Processes of different versions work side by side, unless their majors differ. Default
   * `0.0.0`.
   */
  readonly version?: string
  readonly services: readonly ServiceDefinition[]
  readonly versions: Versions
  /** Numbers of the fields of its messages over the `grpc` wire; needed by topologies that choose it. */
  readonly protoLock?: ProtoLock
  readonly topologies: readonly Topology[]
  /** Settings of its own, beside the platform's. */
  readonly settings: SettingTable
  readonly authenticator: (tools: EdgeTools) => Authenticator
  readonly attemptLimits?: readonly AttemptLimit[]
  readonly notices?: Readonly<Record<number, VersionNotice>>
  /** Fills an empty system once; told from `production` whether demo data are wanted. Answers what people should know. */
  readonly firstStart?: (tools: FirstStartTools) => Promise<readonly string[]>
  /** Commands that a start shows, for people to try. */
  readonly tryThis?: (url: string) => readonly string[]
  /** Checks what no service can see alone. */
  readonly audit?: (tools: AuditTools) => Promise<readonly AuditFinding[]>
  /** What its clients do, for `banyan chaos`. */
  readonly workload?: () => Promise<Workload>
  /** Schemas beside those of the services that a backup must hold, e.g. the ledger of a built-in payment provider. */
  readonly furtherData?: (tools: FurtherDataTools) => Promise<readonly FurtherData[]>
}

/** A schema, who owns it, and what brings it up to date. */
export interface SchemaPlace {
  readonly schema: string
  readonly role: string
  readonly sources: readonly MigrationSource[]
}

export interface FurtherData extends SchemaPlace {
  readonly connection: ConnectionOptions
}

export interface FurtherDataTools {
  readonly settings: Readonly<Record<string, string | undefined>>
  /** A further database in the server of a service, created when missing. */
  readonly databaseOf: (service: string, database: string) => Promise<ConnectionOptions>
}

export interface EdgeTools {
  readonly wire: Wire
  readonly tokenKeys: readonly TokenKey[]
  readonly clock: Clock
  readonly random: Random
}

export interface FirstStartTools {
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: Readonly<Record<string, string | undefined>>
  readonly production: boolean
}

export interface AuditTools {
  readonly wire: Wire
  readonly clock: Clock
  /** Lines of the journal that a client kept of its calls and answers; `null`: none was given. */
  readonly journal: readonly JournalLine[] | null
}

/** One call as its client saw it. */
export interface JournalLine {
  readonly key: string
  readonly method: string
  readonly path: string
  /** `null`: no answer came. */
  readonly status: number | null
  /** The resource that the answer named. */
  readonly orderId: string | null
  /** Written before the call was sent: its answer, if one came, is a line of its own. */
  readonly sent?: true
  /** Who asked: reads of one session never go back (I12). */
  readonly session?: string
  /** Of a read: how far the resource had come, in numbers that only rise. */
  readonly stage?: number
}

/** One invariant, over all services. */
export interface AuditFinding {
  readonly invariant: string
  /** `not-checked`: what it needs was not given; never counted as passed. */
  readonly verdict: 'holds' | 'broken' | 'not-checked'
  readonly checked: number
  readonly rows: readonly string[]
  /** What is known of the rest of a broken one, should none of its rows still be wrong at a second look. Default `holds`. */
  readonly otherwise?: 'not-checked'
}

export function defineApp(app: AppDefinition): AppDefinition {
  return Object.freeze(app)
}

/** The version that processes of this app name to each other. */
export function releaseOf({ version = '0.0.0' }: Pick<AppDefinition, 'version'>): string {
  return version
}
