/** `amountMinor` → `amount_minor`; what no identifier may hold becomes `_`. */
export function fieldName(jsonName: string): string {
  const words = jsonName.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_')
  return asIdentifier(words.toLowerCase().replace(/^_+|_+$/g, ''))
}

/** `getOrder` → `GetOrder`, `needs-attention` → `NeedsAttention`. */
export function typeIdentifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return asIdentifier(words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(''))
}

/** The type of the elements of `items`: `Item`. */
export function elementIdentifier(listName: string): string {
  return typeIdentifier(listName.replace(/ies$/, 'y').replace(/(?<=[^s])s$/, ''))
}

/** `Status` and `needs-attention` → `STATUS_NEEDS_ATTENTION`: values of all enums of a scope share one name space. */
export function enumValueName(enumName: string, text: string): string {
  return `${fieldName(enumName)}_${fieldName(text)}`.toUpperCase()
}

/** The JSON name that protoc derives: only where the contract's differs it has to be written out. */
export function derivedJsonName(name: string): string {
  return name.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase())
}

function asIdentifier(text: string): string {
  return /^[A-Za-z]/.test(text) ? text : `x_${text}`
}
