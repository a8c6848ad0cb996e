export { defineService, type ServiceDefinition, type ServiceParts, type ServiceTools } from './service.ts'
