import type { CommandItem } from 'banyan/command'
import type { Call } from 'banyan/contract'
import { testCall } from './service-fixture.ts'

export const ITEM_TIME = '2026-01-15T10:30:00.000Z'

/** A command as `decide` sees it: at a fixed time, with a fixed new id. */
export function commandItem<Input, Prepared = undefined>(
  input: Input,
  { prepared, ...call }: Partial<Call> & { readonly prepared?: Prepared } = {},
): CommandItem<Input, Prepared> {
  return {
    input,
    prepared: prepared as Prepared,
    call: { ...testCall(), ...call },
    now: ITEM_TIME,
    newId: (prefix, userId) => `${prefix}_${userId}_0000000000000000`,
  }
}
