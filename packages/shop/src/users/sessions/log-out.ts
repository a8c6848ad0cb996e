import { accept, refuse, type CommandHandler } from 'banyan/command'
import { reply } from 'banyan/contract'
import { needsSession } from '../accounts/account.ts'
import { endSessions, type SessionKey } from './session-store.ts'

/** Ends the session of the access token. Nothing to load: ending one that has ended changes nothing. */
export const logOut: CommandHandler<object, null, undefined, SessionKey> = {
  load: async () => undefined,
  decide(_, { call: { principal } }) {
    if (principal.kind !== 'user' || principal.sessionId === null) return refuse(needsSession())
    return accept(reply(null), [{ userId: principal.id, sessionId: principal.sessionId }])
  },
  evolve: () => {},
  save: (tx, sessions) => endSessions(tx, sessions),
}
