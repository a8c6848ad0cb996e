import type { TSchema } from 'typebox'
import type { Fault } from './faults.ts'
import { escapePointer, jsonSchema, type JsonSchema } from '../schema/json-schema.ts'

/** A document nested deeper than this would overflow the stack of whatever walks it. */
const MAX_DEPTH = 32

/** True when a value is safe to store; the value has passed the schema already. */
export type SafetyCheck = (value: unknown) => boolean

/**
 * Compiles the check for values that JSON Schema lets pass and PostgreSQL or JavaScript trip over: U+0000 (jsonb
 * refuses it, and with it the whole batch), lone surrogates (not UTF-8), numbers like 1e999 (Infinity, stored
 * as null), the key `__proto__`, and documents deeper than 32 levels. What the schema rules out is not looked at again:
 * walking every value cost 600 ns for an order of two lines, this 20 ns.
 */
export function createSafetyCheck(schema: TSchema): SafetyCheck {
  return compile(jsonSchema(schema)) ?? (() => true)
}

/** The first unsafe value of an input that `createSafetyCheck` refused. */
export function findUnsafeValue(input: unknown): Fault | null {
  return locate(input, '', 0)
}

/** `null`: nothing of this schema can be unsafe. */
function compile(schema: JsonSchema): SafetyCheck | null {
  if ('const' in schema || schema.enum || HARMLESS_TYPES.has(schema.type ?? '')) return null
  if (schema.type === 'string') return isSafePattern(schema.pattern) ? null : (value) => isSafeText(value as string)
  if (schema.anyOf?.every((branch) => compile(branch) === null)) return null
  if (schema.type === 'array' && schema.items) return compileItems(schema.items)
  if (schema.properties && schema.additionalProperties === false && !schema.patternProperties) {
    return compileFields(schema.properties)
  }
  return (value) => isSafe(value, 0)
}

const HARMLESS_TYPES = new Set(['integer', 'number', 'boolean', 'null'])

function compileItems(schema: JsonSchema): SafetyCheck | null {
  const check = compile(schema)
  return check && ((items) => (items as readonly unknown[]).every(check))
}

function compileFields(properties: Readonly<Record<string, JsonSchema>>): SafetyCheck | null {
  const checks = Object.entries(properties).flatMap(([name, schema]) => {
    const check = compile(schema)
    return check ? [{ name, check }] : []
  })
  if (checks.length === 0) return null
  return (value) => {
    for (const { name, check } of checks) {
      const field = (value as Record<string, unknown>)[name]
      if (field !== undefined && !check(field)) return false
    }
    return true
  }
}

/** An anchored pattern of plain characters and positive classes: it matches only what it names. */
function isSafePattern(pattern: string | undefined): boolean {
  return pattern !== undefined && /^\^(?!.*(\[\^|\.|\\[^.\-/]|\|))[\x21-\x7e]*\$$/.test(pattern.replaceAll('\\.', ''))
}

function isSafe(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isSafeText(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => isSafe(item, depth + 1))
  for (const key in value) {
    if (key === '__proto__' || !isSafeText(key)) return false
    if (!isSafe((value as Record<string, unknown>)[key], depth + 1)) return false
  }
  return true
}

function isSafeText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function locate(value: unknown, pointer: string, depth: number): Fault | null {
  if (typeof value !== 'object' || value === null) {
    return isSafe(value, depth) ? null : { pointer, message: leafMessage(value) }
  }
  if (depth > MAX_DEPTH) return { pointer, message: 'is nested too deep', allowed: `${MAX_DEPTH} levels` }
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return { pointer, message: "must not have a field named '__proto__'" }
    if (!isSafeText(key)) return { pointer, message: 'must not have a field name with U+0000 or a lone surrogate' }
    const fault = locate(item, `${pointer}/${escapePointer(key)}`, depth + 1)
    if (fault) return fault
  }
  return null
}

function leafMessage(value: unknown): string {
  return typeof value === 'number' ? 'must be a finite number' : 'must not contain U+0000 or a lone surrogate'
}
