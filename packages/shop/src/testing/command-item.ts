import type { CommandItem } from 'banyan/command'
import type { Call } from 'banyan/contract'
import { testCall } from './service-fixture.ts'

export const ITEM_TIME = '2026-01-15T10:30:00.000Z'

/** A command as `decide` sees it: at a fixed time, with a fixed new id. */
export function commandItem<Input, Precomputed = undefined>(
  input: Input,
  { precomputed, ...call }: Partial<Call> & { readonly precomputed?: Precomputed } = {},
): CommandItem<Input, Precomputed> {
  return {
    input,
    precomputed: precomputed as Precomputed,
    call: { ...testCall(), ...call },
    now: ITEM_TIME,
    newId: (prefix, userId) => `${prefix}_${userId}_0000000000000000`,
  }
}
