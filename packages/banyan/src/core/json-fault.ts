/** Of an error gRPC carries 31 (`mesh/grpc/json-value.ts`), the other wires any number. */
const MAX_LEVELS = 16

/**
 * Why a value cannot cross every wire as JSON, with the way to it: it is a BigInt, holds itself, or is nested deeper than 16 levels;
 * `null`: it can.
 * @param level Of `value`; the outermost is 1.
 */
export function jsonFault(value: unknown, level = 1): string | null {
  if (typeof value === 'bigint' || value instanceof BigInt) return ' is a BigInt: write it as text'
  if (typeof value !== 'object' || value === null) return null
  if (level > MAX_LEVELS) return ` is nested deeper than ${MAX_LEVELS} levels, or holds itself`
  if ('toJSON' in value && typeof value.toJSON === 'function') return jsonFault(value.toJSON() as unknown, level + 1)
  for (const [name, item] of Object.entries(value)) {
    const fault = jsonFault(item, level + 1)
    if (fault !== null) return `.${name}${fault}`
  }
  return null
}
