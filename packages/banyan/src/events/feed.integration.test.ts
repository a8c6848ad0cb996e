import { createRemoteLogSource, firstLog, type RemoteLogSource } from '../log/index.ts'
import { coreErrors } from '../core/index.ts'
import { brokerSuite, brokerTools, type BrokerUnderTest } from '../testing/index.ts'

brokerSuite('feed', async (): Promise<BrokerUnderTest> => {
  const readers = new Set<RemoteLogSource>()
  let isUp = true
  const nothing = async () => undefined
  const up = async (is: boolean) => void (isUp = is)
  return {
    publish: () => ({ stop: nothing }),
    connect(reader, wire) {
      const call: typeof wire.call = (...args) => (isUp ? wire.call(...args) : Promise.reject(coreErrors.OVERLOADED()))
      const source = createRemoteLogSource({ ...brokerTools, wire: { call }, log: firstLog('orders'), reader })
      readers.add(source)
      return {
        source,
        async stop() {
          readers.delete(source)
          await source.stop()
        },
      }
    },
    async deliver(offered) {
      for (const reader of readers) reader.offer(offered)
    },
    kill: () => up(false),
    start: () => up(true),
    wipe: nothing,
    stop: nothing,
  }
})
