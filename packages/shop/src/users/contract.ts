import {
  anyone,
  AuditReport,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  Email,
  internalFrom,
  pageOf,
  PageQuery,
  user,
  UserId,
  Type,
} from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import { userErrors } from './errors.ts'
import {
  ApiKey,
  ApiKeyId,
  GivenPassword,
  Name,
  NewApiKey,
  NewPassword,
  Role,
  Scope,
  SessionId,
  Tokens,
  User,
} from './schemas.ts'

const self = user({ owner: ({ userId }) => userId })
const selfOrAdmin = user({ owner: ({ userId }) => userId, roles: ['admin'] })
const admin = user({ roles: ['admin'] })

const accounts = {
  registerUser: defineCommand({
    summary: 'Registers a customer.',
    http: 'POST /users',
    input: Type.Object({ name: Name, email: Email, password: NewPassword }),
    output: User,
    errors: [userErrors.EMAIL_TAKEN],
    access: anyone,
    created: (created) => `/users/${created.id}`,
  }),
  listUsers: defineQuery({
    summary: 'All users by id, or those whose e-mail address begins with `search` by address.',
    http: 'GET /users',
    input: Type.Object({ search: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })), ...PageQuery }),
    output: pageOf(User),
    access: admin,
  }),
  getUser: defineQuery({
    summary: 'One user.',
    http: 'GET /users/:userId',
    input: Type.Object({ userId: UserId }),
    output: User,
    errors: [coreErrors.NOT_FOUND],
    access: selfOrAdmin,
  }),
  updateUser: defineCommand({
    summary: 'Changes name or e-mail address; a field left out stays. Honours If-Match.',
    http: 'PUT /users/:userId',
    input: Type.Object({ userId: UserId, name: Type.Optional(Name), email: Type.Optional(Email) }),
    output: User,
    errors: [coreErrors.NOT_FOUND, coreErrors.PRECONDITION_FAILED, userErrors.EMAIL_TAKEN],
    access: selfOrAdmin,
  }),
  changeRole: defineCommand({
    summary: 'Gives a user another role; it takes effect on live tokens within 5 s.',
    http: 'PUT /users/:userId/role',
    input: Type.Object({ userId: UserId, role: Role }),
    output: User,
    errors: [coreErrors.NOT_FOUND, coreErrors.FORBIDDEN, coreErrors.PRECONDITION_FAILED, userErrors.LAST_ADMIN],
    access: admin,
  }),
  deleteUser: defineCommand({
    summary:
      'Makes a user anonymous, ends all sessions and API keys, frees the e-mail address. Orders and payments stay.',
    http: 'DELETE /users/:userId',
    input: Type.Object({ userId: UserId }),
    output: Type.Null(),
    errors: [coreErrors.NOT_FOUND, coreErrors.FORBIDDEN, coreErrors.PRECONDITION_FAILED, userErrors.LAST_ADMIN],
    access: selfOrAdmin,
  }),
  changePassword: defineCommand({
    summary: 'Sets a new password and ends every session, this one too.',
    http: 'PUT /users/:userId/password',
    input: Type.Object({ userId: UserId, current: GivenPassword, new: NewPassword }),
    output: Type.Null(),
    errors: [coreErrors.NOT_FOUND, coreErrors.FORBIDDEN, userErrors.BAD_CREDENTIALS],
    access: self,
  }),
}

const sessions = {
  createSession: defineCommand({
    summary: 'Logs in: an access token for 15 minutes and a refresh token for 30 days.',
    http: 'POST /sessions',
    input: Type.Object({ email: Email, password: GivenPassword }),
    output: Tokens,
    errors: [userErrors.BAD_CREDENTIALS],
    access: anyone,
    created: () => '/sessions',
    outcome: 'none',
  }),
  refreshSession: defineCommand({
    summary:
      'Spends a refresh token for a new pair. A spent one that comes back ends the session: refresh one at a time.',
    http: 'POST /sessions/refresh',
    input: Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 256 }) }),
    output: Tokens,
    errors: [userErrors.BAD_REFRESH_TOKEN],
    access: anyone,
    created: () => '/sessions',
    outcome: 'none',
  }),
  deleteSession: defineCommand({
    summary: 'Logs out: ends the session of the access token.',
    http: 'DELETE /sessions',
    input: Type.Object({}),
    output: Type.Null(),
    errors: [coreErrors.FORBIDDEN],
    access: user(),
    outcome: 'domain', // a session that has ended stays ended
  }),
}

const apiKeys = {
  createApiKey: defineCommand({
    summary: 'Makes an API key. The key itself is shown in this answer only.',
    http: 'POST /users/:userId/api-keys',
    input: Type.Object({
      userId: UserId,
      name: Name,
      scopes: Type.Array(Scope, { minItems: 1, maxItems: 8, uniqueItems: true }),
    }),
    output: NewApiKey,
    errors: [coreErrors.NOT_FOUND, coreErrors.FORBIDDEN, userErrors.TOO_MANY_API_KEYS],
    access: self,
    created: ({ id }) => `/users/${id.split('_')[1]}/api-keys/${id}`,
    // The row is found again by its idempotency key, and the key is derived from the row's id: no secret is stored.
    outcome: 'domain',
  }),
  listApiKeys: defineQuery({
    summary: "A user's API keys, oldest first.",
    http: 'GET /users/:userId/api-keys',
    input: Type.Object({ userId: UserId, ...PageQuery }),
    output: pageOf(ApiKey),
    errors: [coreErrors.NOT_FOUND],
    access: self,
  }),
  deleteApiKey: defineCommand({
    summary: 'Revokes an API key; it stops working within 5 s.',
    http: 'DELETE /users/:userId/api-keys/:keyId',
    input: Type.Object({ userId: UserId, keyId: ApiKeyId }),
    output: Type.Null(),
    errors: [coreErrors.NOT_FOUND, coreErrors.FORBIDDEN],
    access: self,
  }),
}

const internals = {
  getStanding: defineQuery({
    summary: 'Whether a session still stands, and its user’s role now. Null: it ended, or the user is gone.',
    input: Type.Object({ userId: UserId, sessionId: SessionId }),
    output: Type.Union([Type.Object({ role: Role }), Type.Null()]),
    access: internalFrom('gateway'),
  }),
  getApiKeyOwner: defineQuery({
    summary: 'Whose API key has this SHA-256. Null: nobody’s, or it was revoked.',
    input: Type.Object({ keyHash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    output: Type.Union([
      Type.Object({ keyId: ApiKeyId, userId: UserId, role: Role, scopes: Type.Array(Scope) }),
      Type.Null(),
    ]),
    access: internalFrom('gateway'),
  }),
  getContact: defineQuery({
    summary: 'Where to write to these users. Who is deleted or unknown is left out.',
    input: Type.Object({ userIds: Type.Array(UserId, { maxItems: 1_000 }) }),
    output: Type.Array(Type.Object({ userId: UserId, email: Email, name: Name })),
    access: internalFrom('notifications'),
  }),
  createFirstUsers: defineCommand({
    summary: 'Makes the first admin, and customers for a demo. Changes nothing once there is an admin.',
    input: Type.Object({
      admin: Type.Object({ name: Name, email: Email, password: NewPassword }),
      customers: Type.Array(Type.Object({ name: Name, email: Email }), { maxItems: 1_000 }),
      customerPassword: NewPassword,
    }),
    output: Type.Object({ created: Type.Integer({ description: 'Users made now.' }) }),
    errors: [userErrors.EMAIL_TAKEN],
    access: internalFrom('first-start'),
    // The admin is the outcome: the password must not be in a key's row, not even as a fingerprint.
    outcome: 'domain',
  }),
  audit: defineQuery({
    summary: 'The service’s own invariants, in one snapshot.',
    input: Type.Object({}),
    output: AuditReport,
    access: internalFrom('audit'),
    deadlineMs: 30_000,
  }),
}

/** What the users service promises: accounts, log-in sessions and API keys. */
export const users = defineContract({
  name: 'users',
  errors: userErrors,
  operations: { ...accounts, ...sessions, ...apiKeys, ...internals },
  events: {
    'user-registered.v1': defineEvent(Type.Object({ userId: UserId, name: Name })),
    'user-renamed.v1': defineEvent(Type.Object({ userId: UserId, name: Name })),
    'user-deleted.v1': defineEvent(Type.Object({ userId: UserId })),
  },
})
