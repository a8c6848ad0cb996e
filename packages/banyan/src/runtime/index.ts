export {
  defineApp,
  releaseOf,
  type AppDefinition,
  type AuditFinding,
  type AuditTools,
  type EdgeTools,
  type FirstStartTools,
  type FurtherData,
  type FurtherDataTools,
  type JournalLine,
} from './app.ts'
export { auditApp, type AuditOptions } from './audit/audit.ts'
export { isAppRunning } from './audit/on-its-way.ts'
export type { CachePlaces } from './audit/cache-looks.ts'
export { backupApp, restoreApp, type BackupAppOptions, type RestoreAppOptions, type RestoredApp } from './backup.ts'
export { findMisspelt, type MisspeltSetting } from './settings/misspelt-settings.ts'
export { platformSettings } from './settings/platform-settings.ts'
export { startProcess } from './process.ts'
export type { Environment, ProcessOptions, RunningProcess } from './process-options.ts'
export type { RunningService } from './services/running-service.ts'
export { defineService, type ServiceDefinition, type ServiceParts, type ServiceTools } from './services/service.ts'
export {
  choiceSetting,
  databaseSetting,
  integerSetting,
  parsedSetting,
  readSettings,
  textSetting,
  urlSetting,
  type Setting,
  type SettingTable,
  type SettingValues,
} from './settings/settings.ts'
export { settingsOf } from './settings/service-settings.ts'
export type { BrokerName, CallPlan, DatabasePlan, ProcessPlan, Topology } from './topology/topology.ts'
export { issueForeignToken, type ForeignToken, type ForeignTokenOptions } from './links/foreign-token.ts'
export type { ProcessLinks } from './links/process-links.ts'
export { chooseTopology, dataFolderOf } from './topology/choose-topology.ts'
export { needsEmbeddedServer } from './services/databases.ts'
export { isSingleProcess } from './topology/topology.ts'
export { askRollout, askStatus } from './supervisor/control-client.ts'
export type { FleetStatus, InstanceStatus } from './supervisor/control-protocol.ts'
export { findRunFolder } from './supervisor/run-folder.ts'
export { joinSupervisor, type Supervised } from './supervisor/supervised.ts'
export { startSupervisor, type Supervisor, type SupervisorOptions } from './supervisor/supervisor.ts'
export type {
  Answer,
  AnswerBody,
  Judgement,
  KeyedRequest,
  NotedRead,
  OpenWorkload,
  RequestOptions,
  Visit,
  Witness,
  WitnessPlace,
  Workload,
  WorkloadClient,
  WorkloadSession,
  WorkloadTools,
} from './workload.ts'
