export type { ConsumerDefinition, ProjectionDefinition } from './definition.ts'
