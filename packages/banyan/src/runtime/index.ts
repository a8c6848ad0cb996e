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
export { auditApp, type AuditOptions } from './audit.ts'
export type { CachePlaces } from './cache-looks.ts'
export { backupApp, restoreApp, type BackupAppOptions, type RestoreAppOptions } from './backup.ts'
export { platformSettings } from './platform-settings.ts'
export { startProcess } from './process.ts'
export type { Environment, ProcessOptions, RunningProcess } from './process-options.ts'
export type { RunningService } from './running-service.ts'
export { defineService, type ServiceDefinition, type ServiceParts, type ServiceTools } from './service.ts'
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
} from './settings.ts'
export { settingsOf } from './service-settings.ts'
export type { BrokerName, CallPlan, DatabasePlan, ProcessPlan, Topology } from './topology.ts'
export { issueForeignToken, type ForeignToken, type ForeignTokenOptions } from './foreign-token.ts'
export type { ProcessLinks } from './process-links.ts'
export { chooseTopology, dataFolderOf } from './choose-topology.ts'
export { needsEmbeddedServer } from './databases.ts'
export { isSingleProcess } from './topology.ts'
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
