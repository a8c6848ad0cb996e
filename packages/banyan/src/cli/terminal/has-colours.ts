/**
 * Whether what is written there may be coloured: on a terminal that can show it, unless `NO_COLOR` is set (https://no-color.org);
 * `FORCE_COLOR` decides alone, also for a pipe (a log viewer of CI): `0` and `false` are no, anything else is yes.
 */
export function hasColours(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return stream.isTTY === true && !refused && terminal !== 'dumb'
}
