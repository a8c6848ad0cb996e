import type { JsonSchema } from '../schema/json-schema.ts'

/** The part of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) that contracts lead to. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: OpenApiInfo
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: OpenApiComponents
}

export interface OpenApiInfo {
  readonly title: string
  /** Of the document, e.g. that of the package. */
  readonly version: string
  readonly description?: string
}

export interface OpenApiComponents {
  readonly schemas: Readonly<Record<string, SchemaObject>>
  readonly responses: Readonly<Record<string, ResponseObject>>
  readonly securitySchemes: Readonly<Record<string, object>>
}

export interface Reference {
  readonly $ref: string
}

export type SchemaObject = JsonSchema | Reference | Readonly<Record<string, unknown>>
export type PathItem = Readonly<Partial<Record<Lowercase<'GET' | 'POST' | 'PUT' | 'DELETE'>, OperationObject>>>

export interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly deprecated?: true
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly ParameterObject[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>
}

export interface ParameterObject {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: SchemaObject
}

export type Content = Readonly<Record<string, { readonly schema: SchemaObject; readonly examples?: object }>>

export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: SchemaObject }>>
  readonly content?: Content
}
