import type { StoredAnswer } from '../../cache/index.ts'
import { createNewestChange, createSerializer, type Call, type Operation, type Wire } from '../../contract/index.ts'
import type { Reply } from '../../contract/index.ts'

/** Asks the service, and writes what it says as it is kept. @throws what the service refuses with */
export type AnswerReader = (input: Readonly<Record<string, unknown>>, call: Call) => Promise<StoredAnswer>

/** @param id `products.getProduct` */
export function createAnswerReader(wire: Wire, id: string, { output }: Pick<Operation, 'output'>): AnswerReader {
  const serialize = createSerializer(output)
  const newestChange = createNewestChange(output)

  return async (input, call) => {
    if (wire.callEncoded === undefined) return toStored(await wire.call(id, input, call))
    const { data, versions, changedAt } = await wire.callEncoded(id, { fields: input, body: null }, call)
    return { data, versions, changedAt }
  }

  /** As the service itself would have written it for another process. */
  function toStored({ data, versions, changedAt }: Reply): StoredAnswer {
    return { data: Buffer.from(serialize(data)), versions, changedAt: changedAt ?? newestChange(data) }
  }
}
