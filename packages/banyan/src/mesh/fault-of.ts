import { isDeclared } from '../core/index.ts'

/** Why a connection could not be made, for the `fault` of `mesh.UNREACHABLE`. */
export function faultOf(error: unknown): string {
  if (isDeclared(error)) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  return isNoTls(message) ? NO_TLS : (code ?? message)
}

/** For a caller that is set to TLS. */
export const NO_TLS = 'it does not speak TLS, as this caller does'

/** OpenSSL takes the first bytes of something else for a version of TLS that it does not know. */
export function isNoTls(message: string): boolean {
  return message.includes('wrong version number')
}
