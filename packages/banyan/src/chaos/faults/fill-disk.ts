import { waitFor } from '../wait-for.ts'
import type { Fault } from './fault.ts'

/** There is room left in files that the database has made already: only when that is used up does it refuse. */
const LIMIT_MS = 20_000
const HOLD_MS = 1_000

export const fillDisk: Fault = {
  description: `the disk of the data is full until writes have been refused for ${HOLD_MS} ms, then it is freed (Linux, as root)`,
  async inject({ disk, client, clock }) {
    if (disk === null) return null
    const before = client.refusals
    await disk.fill()
    const freeBytes = await disk.readFreeBytes()
    try {
      const isRefused = () => client.refusals > before || null
      await waitFor({ clock, what: 'a refused write', limitMs: LIMIT_MS }, isRefused)
      await clock.sleep(HOLD_MS)
    } finally {
      await disk.free()
    }
    const refused = client.refusals - before
    return refused > 0 ? `${freeBytes} bytes free: ${refused} answers of 5xx` : null
  },
}
