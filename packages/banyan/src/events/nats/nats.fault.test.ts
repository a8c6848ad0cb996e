import { createRemoteLogSource, firstLog } from '../../log/index.ts'
import { brokerSuite, brokerTools, type BrokerUnderTest, startTestNats } from '../../testing/index.ts'
import { createNatsLink, createNatsLogSource, createRelay } from '../index.ts'
import { encodeEvent } from './message.ts'
import { eventSubject } from './stream.ts'

const tools = brokerTools
const log = firstLog('orders')

brokerSuite('NATS JetStream', async (): Promise<BrokerUnderTest> => {
  const nats = await startTestNats()
  const linkOf = (name: string) => createNatsLink({ ...tools, url: nats.url, name })
  const own = linkOf('test')
  return {
    publish({ source, database, processName }) {
      const link = linkOf(processName)
      const relay = createRelay({ ...tools, link, source, database, processName })
      return {
        async stop() {
          await relay.stop()
          await link.stop()
        },
      }
    },
    connect(processName, wire) {
      const link = linkOf(processName)
      const feed = createRemoteLogSource({ ...tools, wire, log, reader: 'mails' })
      const source = createNatsLogSource({ ...tools, link, feed, processName })
      return {
        source,
        async stop() {
          await source.stop()
          await feed.stop()
          await link.stop()
        },
      }
    },
    async deliver({ event, previous }) {
      await own.client?.jetstream.publish(eventSubject(log, event.type, {}), encodeEvent(event, previous))
    },
    kill: nats.kill,
    start: nats.start,
    wipe: nats.wipe,
    async stop() {
      await own.stop()
      await nats.stop()
    },
  }
})
