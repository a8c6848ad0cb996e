import { childrenOf, isAlive, titleOf } from '../processes.ts'
import type { Fault } from './fault.ts'
import { waitFor } from '../wait-for.ts'

/** What `pg_terminate_backend` sends. Some connections in the middle of a transaction are among those that it hits. */
export const endBackend: Fault = {
  description: 'SIGTERM of PostgreSQL backends: a third of all connections break, idle or not',
  async inject({ system, clock, random }) {
    const server = await system.databaseServer()
    if (server === null) return null
    const children = await childrenOf(server)
    const titles = await Promise.all(children.map(titleOf))
    const clients = children.filter((_, index) => /\[local\]|\(\d+\)|127\.0\.0\.1/.test(titles[index]!))
    const victims = clients.filter(() => random.unit() < 1 / 3)
    if (victims.length === 0 && clients.length > 0) victims.push(clients[0]!)
    for (const victim of victims) if (isAlive(victim)) process.kill(victim, 'SIGTERM')
    await waitFor({ clock, what: 'the end of the backends' }, () => victims.every((id) => !isAlive(id)) || null)
    return victims.length > 0 ? `${victims.length} of ${clients.length} backends ended` : null
  },
}
