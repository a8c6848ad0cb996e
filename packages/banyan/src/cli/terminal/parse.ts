import { InvalidArgumentError } from 'commander'

export function positiveInteger(text: string): number {
  return integer(text, 1)
}

export function wholeNumber(text: string): number {
  return integer(text, 0)
}

function integer(text: string, minimum: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= minimum) return value
  throw new InvalidArgumentError(`It must be a whole number from ${minimum}, got ${JSON.stringify(text)}.`)
}
