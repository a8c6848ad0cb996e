import type { Wire } from '../../contract/index.ts'
import type { FaultPoints } from '../../core/index.ts'

/** The gateway's wire with a fault point on either side of each call; the wire itself where nothing is armed. */
export function withFaultPoints(wire: Wire, faults: FaultPoints): Wire {
  if (!faults.isArmed) return wire
  const { callEncoded } = wire
  return {
    ...wire,
    call: (id, input, call) => around(id, () => wire.call(id, input, call)),
    ...(callEncoded && { callEncoded: (id, input, call) => around(id, () => callEncoded.call(wire, id, input, call)) }),
  }

  async function around<T>(id: string, call: () => Promise<T>): Promise<T> {
    await faults.reach('gateway.request-accepted', id)
    const reply = await call()
    await faults.reach('gateway.answer-ready', id)
    return reply
  }
}
