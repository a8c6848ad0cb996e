import { CommandFault, usageFault } from './terminal/fail.ts'

/** @throws `api.INVALID_OPTIONS` for what is no address of a server */
export function checkUrl(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw usageFault(option, `it must be an address like http://127.0.0.1:3000, got ${JSON.stringify(text)}.`)
}

/** @throws `CommandFault` when nobody answers there */
export async function ask(url: URL | string, request?: RequestInit): Promise<Response> {
  return fetch(url, request).catch((error: Error) => {
    const { message } = error.cause instanceof Error ? error.cause : error
    throw new CommandFault(`${new URL(url).origin} does not answer (${message}). Start the app, or say where it is.`)
  })
}
