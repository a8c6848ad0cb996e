import { defineErrors } from 'banyan/core'

/** What the users service may refuse. */
export const userErrors = defineErrors('users', {
  EMAIL_TAKEN: {
    http: 409,
    grpc: 'ALREADY_EXISTS',
    effect: 'not-applied',
    retry: 'never',
    message: 'There is an account with this e-mail address already. Log in, or use another address.',
  },
  BAD_CREDENTIALS: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    effect: 'not-applied',
    retry: 'never',
    message: 'E-mail address and password do not match an account.',
  },
  BAD_REFRESH_TOKEN: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    effect: 'not-applied',
    retry: 'never',
    message: 'This refresh token is spent, expired or revoked, and its session has ended. Log in again.',
  },
  LAST_ADMIN: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'User {userId} is the only admin. Make somebody else admin first.',
  },
  TOO_MANY_API_KEYS: {
    http: 409,
    grpc: 'RESOURCE_EXHAUSTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'There are {count} API keys; at most {limit} are allowed. Delete one first.',
  },
})
