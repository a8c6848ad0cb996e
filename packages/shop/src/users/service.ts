import { command, query } from 'banyan/command'
import { coreErrors } from 'banyan/core'
import { createTokens, parseTokenKeys } from 'banyan/gateway'
import { defineService, type ServiceTools } from 'banyan/runtime'
import { changeRole } from './accounts/change-role.ts'
import { deleteUser } from './accounts/delete.ts'
import { createFirstUsers } from './accounts/first-users.ts'
import { getContact, getUser, listUsers } from './accounts/read.ts'
import { registerUser } from './accounts/register.ts'
import { updateUser } from './accounts/update.ts'
import { createKeyDerivation } from './api-keys/api-key.ts'
import { createApiKey } from './api-keys/create.ts'
import { getApiKeyOwner, listApiKeys } from './api-keys/read.ts'
import { revokeApiKey } from './api-keys/revoke.ts'
import { audit } from './audit.ts'
import { users } from './contract.ts'
import { changePassword } from './passwords/change-password.ts'
import { createPasswordHasher } from './passwords/password-hasher.ts'
import type { PairIssuer } from './sessions/issue-pair.ts'
import { logIn } from './sessions/log-in.ts'
import { logOut } from './sessions/log-out.ts'
import { createRefreshTokens } from './sessions/refresh-token.ts'
import { refreshSession } from './sessions/refresh.ts'
import { getStanding } from './sessions/standing.ts'

/** Accounts, log-in sessions and API keys. Reads the setting `TOKEN_KEYS`. */
export const usersService = defineService({
  contract: users,
  migrations: new URL('./migrations/', import.meta.url),
  create(tools) {
    const { clock, random } = tools
    // Not sharded: who logs in gives an e-mail address, and the address does not say where its user lives.
    const database = tools.shards.root
    const hasher = createPasswordHasher({ random })
    const issuer = createPairIssuer(tools)
    return {
      handlers: {
        registerUser: command(registerUser(hasher)),
        listUsers: query(listUsers(database)),
        getUser: query(getUser(database)),
        updateUser: command(updateUser),
        changeRole: command(changeRole),
        deleteUser: command(deleteUser),
        changePassword: command(changePassword({ hasher, database })),

        createSession: command(logIn({ ...issuer, hasher, database, random })),
        refreshSession: command(refreshSession(issuer)),
        deleteSession: command(logOut),

        createApiKey: command(createApiKey(createKeyDerivation(tools.secret('api-keys')))),
        listApiKeys: query(listApiKeys(database)),
        deleteApiKey: command(revokeApiKey),

        getStanding: query(getStanding({ database, clock })),
        getApiKeyOwner: query(getApiKeyOwner(database)),
        getContact: query(getContact(database)),
        createFirstUsers: command(createFirstUsers(hasher)),
        audit: query(audit(database)),
      },
    }
  },
})

function createPairIssuer({ settings, secret, clock, random }: ServiceTools): PairIssuer {
  const tokenKeys = settings.TOKEN_KEYS
  if (!tokenKeys) {
    const faults = 'TOKEN_KEYS is not set; it signs access tokens and must be the same at the gateway.'
    throw coreErrors.INVALID_OPTIONS({ subject: 'The users service', faults })
  }
  return {
    accessTokens: createTokens({ keys: parseTokenKeys(tokenKeys), clock }),
    refreshTokens: createRefreshTokens({ secret: secret('refresh-tokens'), random }),
  }
}
