import type { Wire } from '../contract/index.ts'
import type { Clock, FaultPoints, Random } from '../core/index.ts'
import type { DatabaseLimits, Server } from '../data/index.ts'
import type { ListeningSocket } from '../gateway/index.ts'
import type { LogSource } from '../log/index.ts'
import type { Middleware } from '../mesh/index.ts'
import type { Logger } from '../observe/index.ts'
import type { AppDefinition } from './app.ts'
import type { Consumers } from './events/consumers.ts'
import type { ProcessLinks } from './links/process-links.ts'
import type { platformSettings } from './settings/platform-settings.ts'
import type { RunningService } from './services/running-service.ts'
import type { SettingValues } from './settings/settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type PlatformSettings = SettingValues<typeof platformSettings>

export interface ProcessOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  /** `serve`: everything. `tools`: services and their data only, for commands that look and mend; nothing runs by itself. */
  readonly mode: 'serve' | 'tools'
  /** Which process of the topology this is. Default: the only one that there is. `tools` runs the services of all. */
  readonly process?: string
  /** How this process is reached and reaches others. Default: as `BANYAN_ADDRESS` and `<SERVICE>_ADDRESS` say. */
  readonly links?: ProcessLinks
  /** Where the gateway's clients come in, when somebody else holds it. Default: it holds `HOST` and `PORT` from its first moment. */
  readonly socket?: () => Promise<ListeningSocket>
  /** Asked when it stops: another process goes on in its place, so that the gateway's clients may take their time to leave. */
  readonly isReplaced?: () => boolean
  /** Breaks the start off while it waits for others. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
  readonly databaseLimits?: DatabaseLimits
  /** Default: as `BANYAN_FAULTS` says. */
  readonly faults?: FaultPoints
  /** Around every call of every service, the first outermost: faults in tests. Default none. */
  readonly middleware?: readonly Middleware[]
  /** Around each log that consumers read: faults in tests. Called once a log. Default none. */
  readonly wrapLog?: (source: LogSource) => LogSource
  /** Tests: the local wire encodes and decodes every call. Default false. */
  readonly encode?: boolean
}

/** One process of a topology, up and running. */
export interface RunningProcess extends AsyncDisposable {
  /** Where the gateway listens; `null`: it has none. */
  readonly url: string | null
  /** Where other processes reach its services; `null`: they cannot. */
  readonly address: string | null
  /** Where its health and metrics are served; `null`: nowhere but at the gateway. */
  readonly health: string | null
  readonly topology: string
  readonly wire: Wire
  readonly services: ReadonlyMap<string, RunningService>
  readonly consumers: Consumers
  /** `null`: it runs no service. */
  readonly server: Server | null
  /** What people should know about this start, in sentences. */
  readonly notes: readonly string[]
  /** Drains: readiness off, finish what is in hand, give leases back, flush, close. May be called twice. */
  stop(): Promise<void>
}
